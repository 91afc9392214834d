"""`bootstrap-kibana`: the saved objects, imported over what an earlier run made."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from observability.bootstrap.client import Engine
from observability.bootstrap.documents import as_list, as_object
from observability.bootstrap.errors import BootstrapError
from observability.bootstrap.report import Change, Done

HEADERS: Final[Mapping[str, str]] = {"kbn-xsrf": "observability"}
_OR_MISSING: Final = frozenset({200, 400, 404})
_OK: Final = frozenset({200})


def make(engine: Engine, objects: Sequence[Mapping[str, Any]]) -> Iterator[Done]:
    """Import what is not there or differs, in one call, and tell of each object.

    Raises:
        BootstrapError: Kibana does not become available, or refuses an object.
    """
    _wait(engine)
    changes = {_key(item): _change(engine, item) for item in objects}
    stale = [item for item in objects if changes[_key(item)] is not Change.SAME]
    if stale:
        _import(engine, stale)
    for (kind, identity), change in changes.items():
        yield Done(what=f"{kind} {identity}", change=change)


def _key(item: Mapping[str, Any]) -> tuple[str, str]:
    return str(item["type"]), str(item["id"])


def _wait(engine: Engine) -> None:
    """Kibana answers 503 while it starts, which the client takes as not yet."""
    answer = engine.call("GET", "/api/status", allowed=_OK)
    level = _at(answer.body, "status", "overall", "level")
    if level != "available":
        raise BootstrapError(f"kibana: its state is {level!r}, not 'available': its own lines say which part is not")


def _change(engine: Engine, wanted: Mapping[str, Any]) -> Change:
    kind, identity = _key(wanted)
    body = {"objects": [{"type": kind, "id": identity}], "excludeExportDetails": True}
    answer = engine.call("POST", "/api/saved_objects/_export", body, allowed=_OR_MISSING)
    if answer.status != 200:
        return Change.CREATED
    stored = json.loads(answer.text.splitlines()[0])
    same = all(_is_part(_read(wanted[part]), _read(stored.get(part))) for part in ("attributes", "references"))
    return Change.SAME if same else Change.CHANGED


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = (as_object(value) or {}).get(key)
    return value


def _read(value: Any) -> Any:
    """Kibana keeps parts of an object as JSON text."""
    if (pairs := as_object(value)) is not None:
        return {key: _read(entry) for key, entry in pairs.items()}
    if (entries := as_list(value)) is not None:
        return [_read(entry) for entry in entries]
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def _is_part(wanted: Any, stored: Any) -> bool:
    """Whether everything wanted is there; Kibana adds versions and defaults of its own."""
    if (pairs := as_object(wanted)) is not None:
        there = as_object(stored)
        return there is not None and all(_is_part(entry, there.get(key)) for key, entry in pairs.items())
    if (entries := as_list(wanted)) is not None:
        listed = as_list(stored)
        return listed is not None and len(entries) == len(listed) and all(map(_is_part, entries, listed))
    return wanted == stored


def _import(engine: Engine, objects: Sequence[Mapping[str, Any]]) -> None:
    lines = "".join(f"{json.dumps(item)}\n" for item in objects)
    answer = engine.call(
        "POST",
        "/api/saved_objects/_import?overwrite=true",
        allowed=_OK,
        files={"file": ("objects.ndjson", lines, "application/ndjson")},
    )
    if not answer.body.get("success"):
        errors = [
            f"{one.get('type')} {one.get('id')}: {one.get('error', {}).get('type')}"
            for one in answer.body.get("errors", [])
        ]
        raise BootstrapError(f"kibana refused {len(errors)} objects: {'; '.join(errors)}")
