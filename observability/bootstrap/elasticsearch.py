"""`bootstrap-elasticsearch`: lifecycles, pipelines, templates, roles, options of streams and users, in this order."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from observability.bootstrap.client import Engine
from observability.bootstrap.documents import as_list, as_object
from observability.bootstrap.errors import BootstrapError
from observability.bootstrap.guards import refuse_shorter_failures, refuse_shorter_retention, refuse_wider_role, sealed
from observability.bootstrap.kinds import COMPONENT, LIFECYCLE, OBJECTS, ROLE, TEMPLATE, USER, Body, Kind, canonical
from observability.bootstrap.report import Change, Done

_OR_NOT_YET: Final = frozenset({200, 408})
_OR_MISSING: Final = frozenset({200, 404})
_OR_REFUSED: Final = frozenset({200, 401})


def make(
    engine: Engine, content: Mapping[str, Any], passwords: Mapping[str, str], accepted: frozenset[str]
) -> Iterator[Done]:
    """Make each object that is not there or differs, and tell of each.

    `passwords` has the value of each secret that `content` names; `accepted` are lifecycle policies that may become
    shorter, and `logs-failures`, the failure stores.

    Raises:
        BootstrapError: The engine refuses, or an object is not ours to change; what was made so far stays.
    """
    _wait(engine)
    changed: set[str] = set()
    for kind in OBJECTS:
        for name, body in content[kind.content].items():
            done = _ensure(engine, kind, name, sealed(body) if kind is ROLE else body, accepted)
            if done.change is Change.CHANGED and kind in (COMPONENT, TEMPLATE):
                changed |= {name} if kind is TEMPLATE else set(content[TEMPLATE.content])
            yield done
    for stream in sorted(changed):
        _roll_over(engine, stream)
    yield from _ensure_options(engine, content[TEMPLATE.content], accepted)
    for name, entry in content[USER.content].items():
        body = {key: value for key, value in entry.items() if key != "password"}
        yield _ensure_user(engine, name, body, passwords[entry["password"]])
    for name, entry in content["built_in_users"].items():
        change = Change.SAME if _is_password(engine, name, passwords[entry["password"]]) else Change.CHANGED
        if change is Change.CHANGED:
            _set_password(engine, name, passwords[entry["password"]])
        yield Done(what=f"password of {name}", change=change)


def _wait(engine: Engine) -> None:
    """Wait until every primary shard has a node; until then, no object can be kept."""
    while True:
        answer = engine.call("GET", "/_cluster/health?wait_for_status=yellow&timeout=10s", allowed=_OR_NOT_YET)
        if answer.status == 200:
            return
        if engine.deadline.left <= 0:
            raise BootstrapError(
                f"elasticsearch: the cluster is red after {engine.deadline.seconds:.0f} s; {_why(engine)}"
            )


def _why(engine: Engine) -> str:
    """What keeps a shard from its node, in Elasticsearch's own words."""
    answer = engine.call("GET", "/_cluster/allocation/explain", allowed=frozenset({200, 400}))
    shard = as_object(answer.body) or {}
    decisions = [as_object(node) or {} for node in as_list(shard.get("node_allocation_decisions")) or []]
    deciders = [as_object(one) or {} for node in decisions for one in as_list(node.get("deciders")) or []]
    reasons = dict.fromkeys(str(one["explanation"]) for one in deciders if one.get("decision") == "NO")
    told = "; ".join(reasons) or shard.get("allocate_explanation") or answer.reason
    return f"a shard of {shard.get('index')} has no node: {told}"


def _stored(engine: Engine, kind: Kind, name: str) -> Body | None:
    answer = engine.call("GET", kind.path.format(name=name), allowed=_OR_MISSING)
    return None if answer.status == 404 else kind.stored(name, answer.body)


def _ensure(engine: Engine, kind: Kind, name: str, wanted: Body, accepted: frozenset[str]) -> Done:
    what = f"{kind.label} {name}"
    stored = _stored(engine, kind, name)
    if stored is not None:
        if not kind.is_ours(stored):
            raise BootstrapError(
                f"{what} is there and was not made by this program; it is left as it is. "
                f"Rename it, or delete it if nobody needs it: DELETE {kind.path.format(name=name)}"
            )
        if canonical(stored) == canonical(wanted):
            return Done(what=what, change=Change.SAME)
        if kind is ROLE:
            refuse_wider_role(name, wanted, stored)
        if kind is LIFECYCLE:
            refuse_shorter_retention(name, wanted, stored, accepted)
    engine.call("PUT", kind.path.format(name=name), kind.wrap(wanted))
    return Done(what=what, change=Change.CREATED if stored is None else Change.CHANGED)


def _ensure_options(engine: Engine, templates: Mapping[str, Body], accepted: frozenset[str]) -> Iterator[Done]:
    """A stream takes its options from its template when it is made, and never again: those there are are told."""
    answer = engine.call("GET", "/_data_stream/*/_options")
    stored = {stream["name"]: stream.get("options", {}) for stream in answer.body["data_streams"]}
    for name in sorted(templates.keys() & stored.keys()):
        what = f"options of stream {name}"
        wanted = templates[name]["template"]["data_stream_options"]
        if _has(stored[name], wanted):
            yield Done(what=what, change=Change.SAME)
            continue
        refuse_shorter_failures(name, wanted, stored[name], accepted)
        engine.call("PUT", f"/_data_stream/{name}/_options", wanted)
        yield Done(what=what, change=Change.CHANGED if stored[name] else Change.CREATED)


def _has(stored: Any, wanted: Any) -> bool:
    """Whether everything that is wanted is there; the engine tells more, as what a retention comes from."""
    pairs, there = as_object(wanted), as_object(stored)
    if pairs is None or there is None:
        return canonical(stored) == canonical(wanted)
    return all(key in there and _has(there[key], value) for key, value in pairs.items())


def _ensure_user(engine: Engine, name: str, wanted: Body, password: str) -> Done:
    """A user that somebody disabled stays disabled; a password that no longer fits is set anew."""
    what = f"user {name}"
    path = USER.path.format(name=name)
    stored = _stored(engine, USER, name)
    if stored is None:
        engine.call("PUT", path, {**wanted, "password": password})
        return Done(what=what, change=Change.CREATED)
    if not USER.is_ours(stored):
        raise BootstrapError(
            f"{what} is there and was not made by this program; it is left as it is. "
            f"Rename it, or delete it if nobody needs it: DELETE {path}"
        )
    body = {**wanted, "enabled": stored["enabled"]}
    change = Change.SAME
    if canonical({key: stored.get(key) for key in body}) != canonical(body):
        engine.call("PUT", path, body)
        change = Change.CHANGED
    if not stored["enabled"]:
        return Done(what=what, change=change, note="disabled by hand, and left so")
    if not _is_password(engine, name, password):
        _set_password(engine, name, password)
        change = Change.CHANGED
    return Done(what=what, change=change)


def _is_password(engine: Engine, name: str, password: str) -> bool:
    answer = engine.call("GET", "/_security/_authenticate", allowed=_OR_REFUSED, auth=(name, password))
    return answer.status == 200


def _set_password(engine: Engine, name: str, password: str) -> None:
    engine.call("POST", f"/_security/user/{name}/_password", {"password": password})


def _roll_over(engine: Engine, stream: str) -> None:
    """The next document of the stream goes to a new index, made by the changed template."""
    engine.call("POST", f"/{stream}/_rollover?lazy=true", allowed=_OR_MISSING)
