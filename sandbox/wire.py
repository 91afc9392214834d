"""Values on the engine's wire: unknown and secret ones are marked there, and secrets do not leave unmarked."""

# ruff: noqa: S105
# The signatures are public markers.

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from google.protobuf import json_format, struct_pb2

from sandbox.plugin import UNKNOWN, Props, Secret

UNKNOWN_SIGNATURE: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_SHORT: Final = 4
"""A secret of fewer characters is looked for only as a word of its own: it may be part of any word by chance."""


class Values:
    """Wire values of one request -> Python, remembering what was secret; and back, marking it again."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        """Top-level properties that are or hold a secret."""
        self.texts: set[str] = set()
        """Secret texts and numbers."""
        self._seen = 0

    def props(self, message: struct_pb2.Struct) -> Props:
        """The properties of a message."""
        found: Props = {}
        for key, value in message.fields.items():
            before = self._seen
            found[key] = self._plain(value)
            if self._seen > before:
                self.keys.add(key)
        return found

    def _plain(self, value: struct_pb2.Value, secret: bool = False) -> Any:
        kind = value.WhichOneof("kind")
        self._seen += secret
        if kind == "struct_value":
            fields = value.struct_value.fields
            signature = fields[SIGNATURE_KEY].string_value if SIGNATURE_KEY in fields else ""
            if signature == SECRET_SIGNATURE:
                return self._plain(fields["value"], secret=True)
            if signature == OUTPUT_SIGNATURE:
                marked = secret or ("secret" in fields and fields["secret"].bool_value)
                self._seen += marked
                return self._plain(fields["value"], marked) if "value" in fields else UNKNOWN
            return {key: self._plain(item, secret) for key, item in fields.items()}
        if kind == "list_value":
            return [self._plain(item, secret) for item in value.list_value.values]
        if kind == "bool_value":
            return value.bool_value
        if kind == "number_value":
            number = int(value.number_value) if value.number_value.is_integer() else value.number_value
            if secret:
                self.texts.add(str(number))
            return number
        if kind == "string_value":
            if value.string_value == UNKNOWN_SIGNATURE:
                return UNKNOWN
            if secret and value.string_value:
                self.texts.add(value.string_value)
                return Secret(value.string_value)
            return value.string_value
        return None

    def scrub(self, text: str) -> str:
        """`text` without any secret of this request, as it is or as JSON escapes it."""
        return scrubbed(text, self.texts)

    def _holds_secret(self, value: object) -> bool:
        if isinstance(value, Mapping):
            return any(self._holds_secret(item) for item in cast(Mapping[str, object], value).values())
        if isinstance(value, list):
            return any(self._holds_secret(item) for item in cast(list[object], value))
        if isinstance(value, Secret):
            return True
        return isinstance(value, str) and any(
            value == secret or _expression(form).search(value)
            for secret in self.texts
            for form in (secret, json.dumps(secret)[1:-1])
        )

    def message(self, props: Props) -> struct_pb2.Struct:
        """`props` for the wire; a property is marked secret when it was in the request or holds a secret text."""
        struct = struct_pb2.Struct()
        wire = {
            key: {SIGNATURE_KEY: SECRET_SIGNATURE, "value": _wire(value)}
            if key in self.keys or self._holds_secret(value)
            else _wire(value)
            for key, value in props.items()
        }
        return json_format.ParseDict(wire, struct)


def scrubbed(text: str, secrets: Collection[str]) -> str:
    """`text` without any of the secrets, as they are or as JSON escapes them."""
    for secret in sorted(secrets, key=len, reverse=True):
        for form in (secret, json.dumps(secret)[1:-1]):
            text = _expression(form).sub("[secret]", text)
    return text


def _expression(secret: str) -> re.Pattern[str]:
    """Finds a secret: anywhere, or as a word where it is short."""
    found = re.escape(secret)
    return re.compile(found if len(secret) >= _SHORT else rf"(?<!\w){found}(?!\w)")


def _wire(value: object) -> object:
    if value is UNKNOWN:
        return UNKNOWN_SIGNATURE
    if isinstance(value, Mapping):
        return {str(key): _wire(item) for key, item in cast(Mapping[str, object], value).items()}
    if isinstance(value, (list, tuple)):
        return [_wire(item) for item in cast(Sequence[object], value)]
    return value.isoformat() if isinstance(value, datetime) else value
