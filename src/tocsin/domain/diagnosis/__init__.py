"""From facts to findings to ranked causes.

Law of this room: facts come in as one `Bundle`, conclusions go out as one `Diagnosis`; the same bundle always gives the
same diagnosis, so any conclusion can be replayed. A check is one decorated function in `checks/`; what was not seen is
said, never left out.
"""
