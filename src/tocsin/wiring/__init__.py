"""The one room that knows every adapter, the store and the clock; it builds what doors are handed, and does nothing else.

Here is what every process needs. What only some need they take from its module, so that no server loads what looks at
databases, and no command what serves pages: `duties`, `probing`, `options`, `database`, `looking`, `frozen`.
"""

from tocsin.wiring.app import App, assemble, build, judge_options, new_id, now
from tocsin.wiring.logs import log_to_stderr

__all__ = ["App", "assemble", "build", "judge_options", "log_to_stderr", "new_id", "now"]
