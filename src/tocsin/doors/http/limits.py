"""What is refused before anybody reads it: bodies beyond a size, and addresses with a null character in them."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tocsin.doors.http.problems import problem

LARGEST = 8 * 1024 * 1024


class Limits:
    """Stands before the whole application."""

    def __init__(self, app: ASGIApp, *, largest: int = LARGEST) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or hand on with a count of the bytes that come."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            refusal = problem(400, "Invalid", "the address holds a null character", mend="Leave it out.")
            await refusal(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "")
        if said.isdecimal() and int(said) > self._largest:
            await self._too_large()(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._largest:
                raise HTTPException(413, self._sentence)
            return message

        return counted

    @property
    def _sentence(self) -> str:
        return f"a body may be {self._largest} bytes long"

    def _too_large(self) -> ASGIApp:
        return problem(413, "Too large", self._sentence, mend="Send less at once.")
