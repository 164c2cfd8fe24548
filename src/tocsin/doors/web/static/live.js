// Live pages: clocks tick, local times appear, changed parts are swapped without touching what somebody types.
(() => {
  const $ = (sel, from = document) => [...from.querySelectorAll(sel)];
  const id = (name) => document.getElementById(name);
  const me = document.currentScript;
  const said = id("live-said"), pause = id("live-pause");
  let paused = false, stale = false, busy = false, again = false, spoke = 0;

  const two = (n) => String(n).padStart(2, "0");
  const tick = () => paused || $("[data-since]").forEach((el) => {
    const s = Math.max(0, Math.floor((Date.now() - new Date(el.dataset.since)) / 1000));
    el.textContent = `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  });
  const local = (from) => $("time[datetime]", from).forEach((el) => {
    el.title = new Date(el.dateTime).toLocaleString([], { timeZoneName: "short" }) + " (your time)";
  }) || $("[data-local]", from).forEach((el) => {
    el.textContent = `· ${new Date(el.dataset.local).toLocaleTimeString()} your time`;
  });

  // What a part says, without its tokens, which differ on every page.
  const bare = (el) => {
    const copy = el.cloneNode(true);
    $("input[type=hidden]", copy).forEach((x) => x.remove());
    $("[data-since], [data-local]", copy).forEach((x) => { x.textContent = ""; });
    $("time", copy).forEach((x) => x.removeAttribute("title"));
    $("details", copy).forEach((x) => x.removeAttribute("open"));
    return copy.innerHTML;
  };
  const inUse = (el) => el.contains(document.activeElement)
    || $("input:not([type=hidden]), textarea", el).some((x) => x.value !== x.defaultValue || x.checked !== x.defaultChecked);
  const speak = () => {
    const line = document.querySelector("#lines li div");
    if (Date.now() - spoke < 5000) return;
    spoke = Date.now();
    said.textContent = line ? "New: " + line.textContent.trim().replace(/\s+/g, " ").slice(0, 160) : "The page was updated";
  };
  async function refresh() {
    if (busy) { again = true; return; }
    if (paused) return;
    busy = true; stale = false;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      let changed = false;
      for (const old of $("[data-live]")) {
        const next = fresh.getElementById(old.id);
        if (!next || bare(next) === bare(old)) continue;
        if (inUse(old)) { stale = true; continue; }
        const open = $("details[open]", old).map((x) => x.id);
        old.replaceWith(next);
        open.forEach((name) => name && id(name) && (id(name).open = true));
        local(next);
        changed = true;
      }
      document.title = fresh.title;
      tick();
      if (changed) speak();
    } finally {
      busy = false;
      if (again) { again = false; refresh(); }
    }
  }

  const source = new EventSource(me.dataset.stream || "/stream");
  let heard = me.dataset.seq || "";
  source.addEventListener("change", (e) => { if (e.data !== heard || e.data === "list") { heard = e.data; refresh(); } });
  source.addEventListener("gone", () => { source.close(); said.textContent = "This page is no longer live. Load it again."; });
  addEventListener("focusout", () => setTimeout(() => stale && refresh(), 300));
  addEventListener("pagehide", () => source.close());
  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", paused);
    if (!paused) { tick(); refresh(); }
  });
  tick(); setInterval(tick, 1000);
  local(document);
  if (/[?&]done=/.test(location.search)) {
    const url = new URL(location); url.searchParams.delete("done"); history.replaceState(null, "", url);
  }
})();
