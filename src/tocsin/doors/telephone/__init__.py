"""Where a telephone provider says what became of a message or call, and brings what people answer; each post is signed."""

from tocsin.doors.telephone.routes import router

__all__ = ["router"]
