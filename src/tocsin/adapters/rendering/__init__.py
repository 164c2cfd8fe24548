"""Fills the templates of a pack: Jinja in a sandbox that a template cannot leave, exhaust or crash.

A template is somebody's data. It may print, decide, loop and filter; `language` allows that and nothing else, every
loop draws on one budget, and the text ends at a limit. What is not known prints as "unknown".
"""

from tocsin.adapters.rendering.jinja import Jinja

__all__ = ["Jinja"]
