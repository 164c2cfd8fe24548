"""Real faults, near misses and healthy runs against the whole diagnosis.

python -m bench.faultlab --json [--only NAME ...] [--kind fault]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time

MOUNTING = ("unshare", "--mount", "--propagation", "private")
INSIDE = "FAULTLAB_INSIDE"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.faultlab", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print nothing but lines of JSON; the last is the result")
    parser.add_argument("--only", nargs="*", default=[], help="names of scenarios")
    parser.add_argument("--show", action="store_true", help="print each diagnosis in full")
    parser.add_argument("--kind", choices=["fault", "near_miss", "healthy"])
    given = parser.parse_args()
    if INSIDE not in os.environ:
        _enter()
    return _run(given)


def _enter() -> None:
    """Go on in a mount namespace of our own, so that file systems mounted for a scenario are nobody else's."""
    if shutil.which("unshare") is None:
        raise SystemExit("unshare is not here; install util-linux")
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    argv = [*MOUNTING[:1], *user, *MOUNTING[1:], sys.executable, "-m", "bench.faultlab", *sys.argv[1:]]
    os.execvpe(argv[0], argv, {**os.environ, INSIDE: "1"})  # noqa: S606 (ours, no shell)


def _run(given: argparse.Namespace) -> int:
    from bench.faultlab import scenarios  # noqa: F401, PLC0415 (the servers' libraries, after the namespace)
    from bench.faultlab.run import Lab, figures  # noqa: PLC0415 (as above)
    from bench.faultlab.scenario import SCENARIOS  # noqa: PLC0415 (as above)
    from bench.faultlab.world import new_world  # noqa: PLC0415 (as above)

    wanted = [
        one
        for one in SCENARIOS
        if (not given.only or one.name in given.only) and (not given.kind or one.kind == given.kind)
    ]
    load, began, played = os.getloadavg()[0], time.monotonic(), []
    with new_world() as world, Lab(world=world) as lab:
        for one in lab.play(wanted):
            played.append(one)
            line: dict[str, object] = {
                "scenario": one.scenario.name,
                "kind": one.scenario.kind,
                "cause": one.scenario.cause,
                "right": one.verdict.right,
                "said": one.verdict.said,
                "blamed": one.verdict.blamed,
                "wall_s": round(max(one.walls_s), 2),
                "took_s": round(one.took_s, 1),
            }
            print(json.dumps(line) if given.json else _row(line), flush=True)
            if given.show:
                print("\n".join(one.report))
    result = {**figures(played, load), "took_s": round(time.monotonic() - began, 1)}
    print(json.dumps(result))
    return 0 if all(one.verdict.right for one in played) else 1


def _row(line: dict[str, object]) -> str:
    mark = "ok   " if line["right"] else "WRONG"
    return f"{mark} {line['kind']:9} {line['scenario']:44} {line['said']} ({line['wall_s']} s)"


if __name__ == "__main__":
    raise SystemExit(main())
