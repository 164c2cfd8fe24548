"""One operation of a sender's protocol, as the description has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tocsin.doors.http.problems import MEDIA
from tocsin.doors.ingest.plain import JSON

Schema = Mapping[str, Any]
PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
TEXT: Final = {"type": "string"}
MOMENT: Final = {"type": "string", "format": "date-time"}
TEXTS: Final = {"type": "object", "additionalProperties": TEXT}
KEYS: Final = ("integration_bearer", "integration_password", "integration_header", "integration_query")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A method and a path of a protocol. `answer` is None where a sender reads nothing, `refusal` what it reads when told no.

    `not_in_path` are words that mean another operation in the same place.
    """

    name: str
    method: str
    path: str
    said: str
    status: int = 200
    answer: Schema | None = None
    refusal: Schema | None = None
    body: Schema | None = None
    query: Mapping[str, tuple[str, Schema]] = field(default_factory=dict)
    in_path: Mapping[str, str] = field(default_factory=dict)
    not_in_path: tuple[str, ...] = ()
    keys: tuple[str, ...] = KEYS
    key_in_body: bool = False
    tag: str = "senders"

    def operation(self, *, suffix: str = "", integration: str = "") -> dict[str, Any]:
        """Return the operation; under an `integration` it has a name and a parameter more."""
        in_path = {**({"integration": integration} if integration else {}), **self.in_path}
        operation: dict[str, Any] = {
            "operationId": self.name + suffix,
            "tags": [self.tag],
            "description": self.said,
            "security": [*({key: []} for key in self.keys), *([{}] if self.key_in_body else [])],
            "responses": {str(self.status): self._done(), "default": refusing(self.refusal)},
        }
        parameters = [
            *(
                {"name": name, "in": "path", "required": True, "description": said, "schema": self._name()}
                for name, said in in_path.items()
            ),
            *(
                {"name": name, "in": "query", "description": said, "schema": schema}
                for name, (said, schema) in self.query.items()
            ),
        ]
        if parameters:
            operation["parameters"] = parameters
        if self.body is not None:
            operation["requestBody"] = {"required": True, "content": {JSON: {"schema": self.body}}}
        return operation

    def _name(self) -> Schema:
        return {**TEXT, "not": {"enum": list(self.not_in_path)}} if self.not_in_path else TEXT

    def _done(self) -> dict[str, Any]:
        if self.answer is None:
            return {"description": "Done; there is nothing to read"}
        return {"description": "Done", "content": {JSON: {"schema": self.answer}}}


def refusing(protocol: Schema | None) -> dict[str, Any]:
    """Return how an operation says no: in its protocol's words, or, where the request never came so far, as a problem."""
    own = {JSON: {"schema": protocol}} if protocol is not None else {}
    return {"description": "No, and why", "content": {MEDIA: {"schema": PROBLEM}, **own}}


def record(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> dict[str, Any]:
    """Return the schema of an object."""
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def listed(items: Schema) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": items}
