"""E-mail: what a mail looks like (`submission`) and how it reaches a server (`session`)."""

from tocsin.adapters.channels.email.submission import Email, EmailOptions, validate_options

__all__ = ["Email", "EmailOptions", "validate_options"]
