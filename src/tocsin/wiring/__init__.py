"""The one room that knows every adapter, the store and the clock; it builds what doors are handed, and does nothing else."""

from tocsin.wiring.app import App, Duties, assemble, build, duties, new_id, now, probes
from tocsin.wiring.frozen import diagnose_frozen
from tocsin.wiring.local import (
    backup,
    confirmed_contacts,
    diagnose_pasted,
    diagnose_standalone,
    prepare_home,
    restore,
    schema,
    upgrade,
)
from tocsin.wiring.logs import log_to_stderr
from tocsin.wiring.options import judge_options

__all__ = [
    "App",
    "Duties",
    "assemble",
    "backup",
    "build",
    "confirmed_contacts",
    "diagnose_frozen",
    "diagnose_pasted",
    "diagnose_standalone",
    "duties",
    "judge_options",
    "log_to_stderr",
    "new_id",
    "now",
    "prepare_home",
    "probes",
    "restore",
    "schema",
    "upgrade",
]
