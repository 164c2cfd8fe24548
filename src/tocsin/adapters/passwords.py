"""Password hashes by Argon2id, as the password-hashing competition chose and RFC 9106 describes."""

from __future__ import annotations

from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2:
    """Hashes slowly on purpose; an empty hash costs as much to refuse as a wrong password."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return a salted hash."""
        return self._hasher.hash(password)

    def verify(self, digest: str, password: str) -> bool:
        """Return whether the password made that hash."""
        nobody = self._nobody  # made by whoever asks first, known or not, so that the first answer tells nothing either
        try:
            return self._hasher.verify(digest or nobody, password) and bool(digest)
        except (VerificationError, InvalidHashError):
            return False
