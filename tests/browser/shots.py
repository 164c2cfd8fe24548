"""Pictures of the pages for the README: `python -m tests.browser.shots [FOLDER]`, over a story told in memory."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

from tests.browser.chromium import chromium
from tests.browser.server import running, tell_story

from tocsin.doors.http.callers import COOKIE
from tocsin.flows import access

Scheme = Literal["light", "dark"]
SIZES = {"desktop": (1280, 900), "phone": (390, 844), "narrow": (320, 640)}


def shoot(folder: Path, sizes: tuple[str, ...] = ("desktop", "phone"), *, whole: bool = False) -> list[Path]:
    """Write pictures of the main pages into `folder` and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with tempfile.TemporaryDirectory() as home, running(Path(home)) as (site, url), chromium() as browser:
        ref = tell_story(site)
        site.declare("Search is slow for some users", severity="SEV3", services=())
        pages = {"incident": f"/incidents/{ref}", "incidents": "/", "declare": "/declare"}
        for size in sizes:
            for scheme in ("light", "dark"):
                width, height = SIZES[size]
                shown: Scheme = "dark" if scheme == "dark" else "light"
                context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=shown)
                key = access.login_link(site.app.engine, "ana").partition("key=")[2]
                cookie = access.use_login_link(site.app.engine, key)
                context.add_cookies([{"name": COOKIE, "value": cookie, "url": url}])
                page = context.new_page()
                for name, path in pages.items():
                    page.goto(url + path)
                    page.wait_for_function(
                        "!document.querySelector('[data-since]') || /:/.test(document.querySelector('[data-since]').textContent)"
                    )
                    made.append(folder / f"{name}-{size}-{scheme}.png")
                    page.screenshot(path=made[-1], full_page=whole)
                context.close()
    return made


if __name__ == "__main__":
    for picture in shoot(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")):
        print(picture)  # noqa: T201 (the command's answer)
