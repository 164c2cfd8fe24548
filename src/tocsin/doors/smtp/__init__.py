"""Where senders mail: off unless a port is set, answered 250 after the commit, 4xx when the sender should try again."""

from tocsin.doors.smtp.listener import listening

__all__ = ["listening"]
