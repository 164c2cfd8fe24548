// Forms open in place, and single keys act unless somebody turned them off (WCAG 2.1.4).
(() => {
  const id = (name) => document.getElementById(name);
  const help = id("keys"), on = id("keys-on"), show = id("keys-open");
  const reveal = (verb) => {
    const box = id("do-" + verb);
    if (!box) return false;
    if (box.tagName === "DETAILS") box.open = true;
    box.scrollIntoView({ block: "center" });
    box.querySelector("textarea, input:not([type=hidden]), select, button").focus({ preventScroll: true });
    return true;
  };
  addEventListener("click", (e) => {
    const link = e.target.closest("a[data-open], .missing a[href*='open=']");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    const verb = link.dataset.open || new URL(link.href).searchParams.get("open");
    if (verb && reveal(verb)) e.preventDefault();
  });
  on.checked = localStorage.getItem("tocsin-keys") !== "off";
  on.addEventListener("change", () => localStorage.setItem("tocsin-keys", on.checked ? "on" : "off"));
  show.hidden = false;
  show.addEventListener("click", () => help.showModal());
  addEventListener("keydown", (e) => {
    if (!on.checked || e.ctrlKey || e.metaKey || e.altKey || help.open || e.target.closest("input, textarea, select")) return;
    if (e.key === "?") help.showModal();
    else if (e.key === "u") { if (reveal("update")) e.preventDefault(); }
    else if (e.key === "n") { if (reveal("say")) e.preventDefault(); }
    else if (e.key === "a") { const ack = document.querySelector("[data-key=a]"); if (ack) ack.click(); }
  });
  const opened = new URLSearchParams(location.search).get("open");
  if (opened) reveal(opened);
})();
