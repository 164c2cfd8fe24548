"""The commands, in modules of those that change for the same reason; each module offers its Typer as `app`."""
