"""What the domain says when a rule forbids what a person asked for."""


class RefusedError(Exception):
    """A rule said no. The message is the sentence the person reads; doors answer 409 or exit 5."""

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.mend = mend


class InvalidError(Exception):
    """A value cannot be what it claims to be. Doors answer 422 or exit 2, naming `field`."""

    def __init__(self, message: str, *, field: str = "", mend: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.mend = mend
