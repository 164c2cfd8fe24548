"""Which node of a service graph an excess comes from.

Law of this room: figures in, suspects out; nothing is known of where figures come from, and no rule reads a name. An
excess is counted in units that add up (extra seconds, failed requests), so that what a callee accounts for can be taken
from what its caller shows. The doors are `learn` (quiet times → `Baseline`) and `attribute`.
"""
