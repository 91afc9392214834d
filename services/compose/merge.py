"""One model over another, by Compose's rules: mappings merge, lists grow, scalars are replaced, and the exceptions.

Source: compose-spec `13-merge.md`; compose-go `override/merge.go`. Neither side is used afterwards.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from services.compose.errors import RefusalError
from services.compose.patterns import Rules, rules_of
from services.compose.values import Path, Value, fingerprint, in_words, same, sprint

Merge: TypeAlias = Callable[[Value, Value, Path], Value]


def merge_models(base: dict[str, Value], over: Mapping[str, Value]) -> dict[str, Value]:
    """A whole file over what the files before it gave.

    Raises:
        RefusalError: The two hold values of different kinds where they must agree.
    """
    return _mappings(base, over, (), _RULES)


def merge_at(base: Value, over: Value, path: Path) -> Value:
    """One part of a model over the same part of another; `path` says which rules hold.

    Raises:
        RefusalError: As `merge_models`.
    """
    return _merge(base, over, path, _rules_at(path))


def _merge(base: Value, over: Value, path: Path, rules: Rules[Merge] | None) -> Value:
    if rules is not None and rules.rule is not None:
        return rules.rule(base, over, path)
    if over is None:
        return base
    if isinstance(base, dict):
        if not isinstance(over, dict):
            raise _unlike(path, base, over)
        return _mappings(base, over, path, rules)
    if isinstance(base, list):
        if not isinstance(over, list):
            raise _unlike(path, base, over)
        return _extended(base, over)
    return over


def _unlike(path: Path, base: Value, over: Value) -> RefusalError:
    wanted = in_words(base)
    remedy = f"write {wanted} here, too, or !override before the value"
    return RefusalError(path, f"{in_words(over)} cannot be merged with {wanted} of the files before: {remedy}", over)


def _mappings(
    base: dict[str, Value], over: Mapping[str, Value], path: Path, rules: Rules[Merge] | None
) -> dict[str, Value]:
    for key, value in over.items():
        if key in base:
            base[key] = _merge(base[key], value, (*path, key), rules and rules.below(key))
        else:
            base[key] = value
    return base


def _extended(base: Iterable[Value], over: Iterable[Value]) -> list[Value]:
    """The entries of both, without those of the second that are already there."""
    merged = list(base)
    known = set(map(fingerprint, merged))
    for value in over:
        mark = fingerprint(value)
        if mark not in known:
            known.add(mark)
            merged.append(value)
    return merged


def _rules_at(path: Path) -> Rules[Merge] | None:
    rules: Rules[Merge] | None = _RULES
    for part in path:
        rules = rules and rules.below(part)
    return rules


def as_sequence(value: Value) -> list[Value]:
    """A mapping as sorted `key=value` texts, a text as a list of one."""
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return [value]
    entries: list[str] = []
    for key, entry in value.items() if isinstance(value, dict) else ():
        if entry is None:
            entries.append(key)
        elif isinstance(entry, list):
            entries.extend(f"{key}={sprint(one)}" for one in entry)
        else:
            entries.append(f"{key}={sprint(entry)}")
    return list[Value](sorted(entries, key=str.encode))


def _to_sequence(base: Value, over: Value, _path: Path) -> Value:
    return _extended(as_sequence(base), as_sequence(over))


def _key_values(base: Value, over: Value, path: Path) -> Value:
    """Lists of `key=value`: the last entry of a key counts, at the place of its first."""
    entries: dict[str, Value] = {}
    for entry in (*as_sequence(base), *as_sequence(over)):
        if not isinstance(entry, str):
            raise RefusalError(path, f"an entry must be text, not {in_words(entry)}", entry)
        entries[entry.split("=", 1)[0]] = entry
    return list(entries.values())


def _replace(_base: Value, over: Value, _path: Path) -> Value:
    return over


def _as_mapping(value: Value, entry: Mapping[str, Value] | None, path: Path) -> dict[str, Value]:
    """A list of names, or one name, as a mapping from each to a copy of `entry`."""
    if isinstance(value, dict):
        return value
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list):
        raise RefusalError(path, f"{in_words(value)} cannot be merged with a mapping", value)
    mapping: dict[str, Value] = {}
    for name in names:
        if not isinstance(name, str):
            raise RefusalError(path, f"a name must be text, not {in_words(name)}", name)
        mapping[name] = None if entry is None else dict(entry)
    return mapping


def _named(entry: Mapping[str, Value] | None) -> Merge:
    def merge(base: Value, over: Value, path: Path) -> Value:
        left = _as_mapping({} if base is None else base, entry, path)
        right = _as_mapping({} if over is None else over, entry, path)
        return _mappings(left, right, path, _rules_at(path))

    return merge


def _build(base: Value, over: Value, path: Path) -> Value:
    def long(value: Value) -> dict[str, Value]:
        if isinstance(value, str):
            return {"context": value}
        return value if isinstance(value, dict) else {}

    return _mappings(long(base), long(over), path, _rules_at(path))


def _logging(base: Value, over: Value, path: Path) -> Value:
    """Options add up only as long as the driver is the same."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        raise RefusalError(path, "must be a mapping", over)
    if "driver" in base and "driver" in over and not same(base["driver"], over["driver"]):
        return over
    return _mappings(base, over, path, _rules_at(path))


def _ulimit(base: Value, over: Value, path: Path) -> Value:
    if isinstance(base, dict) and isinstance(over, dict):
        return _mappings(base, over, path, _rules_at(path))
    return over


def _ipam_pools(base: Value, over: Value, path: Path) -> Value:
    """Pools of the same subnet merge; the pairing of the others is compose-go's, down to its order."""
    if not isinstance(base, list) or not isinstance(over, list):
        raise RefusalError(path, "must be a list of pools", over)
    pools: list[dict[str, Value]] = []

    def find(pool: Mapping[str, Value]) -> int | None:
        subnet = pool.get("subnet")
        return next((index for index, known in enumerate(pools) if same(known.get("subnet"), subnet)), None)

    for original in base:
        left = _as_mapping(original, None, path)
        for override in over:
            right = _as_mapping(override, None, path)
            if not same(left.get("subnet"), right.get("subnet")) and find(right) is None:
                pools.append(right)
                continue
            merged = _mappings(left, right, path, None)
            index = find(merged)
            if index is None:
                pools.append(merged)
            else:
                pools[index] = merged
    return list[Value](pools)


_STARTED: Mapping[str, Value] = {"condition": "service_started", "required": True}
_CONTAINER: Mapping[str, Merge] = {
    **dict.fromkeys(
        (
            *("annotations", "build.args", "build.additional_contexts", "build.labels", "environment", "labels"),
            *("volumes.*.volume.labels", "sysctls"),
        ),
        _key_values,
    ),
    **dict.fromkeys(
        ("build.extra_hosts", "dns", "dns_opt", "dns_search", "env_file", "label_file", "extra_hosts", "tmpfs"),
        _to_sequence,
    ),
    **dict.fromkeys(("command", "entrypoint", "healthcheck.test"), _replace),
    "build": _build,
    "depends_on": _named(_STARTED),
    "models": _named(None),
    "networks": _named(None),
    "logging": _logging,
    "ulimits.*": _ulimit,
}
_RULES: Rules[Merge] = rules_of(
    {
        **{f"{section}.*.{key}": rule for section in ("services", "jobs") for key, rule in _CONTAINER.items()},
        **{f"{section}.*.labels": _key_values for section in ("networks", "volumes", "secrets", "configs")},
        "services.*.deploy.labels": _key_values,
        "networks.*.ipam.config": _ipam_pools,
    }
)
