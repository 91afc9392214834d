"""What the bootstrap does not do although the description says it: nothing that is there is loosened or lost."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from observability.bootstrap.errors import BootstrapError
from observability.bootstrap.kinds import Body, canonical

_SEAL: Final = "content_sha256"
FAILURES: Final = "logs-failures"
"""The name under which the failure stores may be kept shorter."""
_FAILURES_DEFAULT: Final = "30d"
"""Elasticsearch's `data_streams.lifecycle.retention.failures_default`: what holds where a stream says nothing."""
_UNITS_SECONDS: Final[Mapping[str, int]] = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def sealed(role: Body) -> Body:
    """A role with the hash of what it grants: a change by hand can be told from a change of the description."""
    return {**role, "metadata": {**role["metadata"], _SEAL: _hash(role)}}


def refuse_wider_role(name: str, wanted: Body, stored: Body) -> None:
    """Raises BootstrapError when somebody narrowed a role by hand, and the description would widen it again."""
    if stored.get("metadata", {}).get(_SEAL) == _hash(stored):
        return
    there = frozenset(_granted(stored))
    regained = sorted({(grant, on) for grant, on in _granted(wanted) if not {(grant, on), ("all", on)} & there})
    if regained:
        told = ", ".join(f"{grant} on {on}" for grant, on in regained)
        raise BootstrapError(
            f"role {name}: was changed by hand, and would get back: {told}; it is left as it is. "
            f"Narrow the description as well, or delete the role so that it is made anew: "
            f"DELETE /_security/role/{name}"
        )


def refuse_shorter_retention(name: str, wanted: Body, stored: Body, accepted: frozenset[str]) -> None:
    """Raises BootstrapError when documents would be deleted earlier than the cluster's policy says now."""
    before, after = _kept_seconds(stored), _kept_seconds(wanted)
    if after < before and name not in accepted:
        raise BootstrapError(
            f"lifecycle policy {name}: documents are kept for {_days(before)} now and would be deleted after "
            f"{_days(after)}; they are kept. If that is meant, run once with ACCEPT_SHORTER_RETENTION={name}"
        )


def refuse_shorter_failures(stream: str, wanted: Body, stored: Body, accepted: frozenset[str]) -> None:
    """Raises BootstrapError when refused documents of a stream would be deleted earlier than its options say now."""
    before, after = _failures_kept_seconds(stored), _failures_kept_seconds(wanted)
    if after < before and FAILURES not in accepted:
        raise BootstrapError(
            f"failure store of {stream}: documents are kept for {_days(before)} now and would be deleted after "
            f"{_days(after)}; they are kept. If that is meant, run once with ACCEPT_SHORTER_RETENTION={FAILURES}"
        )


def _hash(role: Body) -> str:
    grants = {key: role.get(key) for key in ("cluster", "indices", "applications", "run_as")}
    return hashlib.sha256(json.dumps(canonical(grants), sort_keys=True).encode()).hexdigest()


def _granted(role: Body) -> Iterator[tuple[str, str]]:
    """Each privilege with what it is on."""
    yield from ((privilege, "the cluster") for privilege in role.get("cluster", ()))
    for index in role.get("indices", ()):
        yield from ((privilege, name) for name in index["names"] for privilege in index["privileges"])
    for one in role.get("applications", ()):
        yield from ((privilege, one["application"]) for privilege in one["privileges"])


def _kept_seconds(policy: Body) -> float:
    """Seconds until the delete phase; without one, for ever."""
    delete: Any = policy.get("phases", {}).get("delete")
    if delete is None:
        return float("inf")
    return _seconds(str(delete.get("min_age", "0s")))


def _failures_kept_seconds(options: Body) -> float:
    """Seconds that a failure store keeps documents; for ever when its lifecycle is off."""
    lifecycle: Any = options.get("failure_store", {}).get("lifecycle", {})
    if lifecycle.get("enabled") is False:
        return float("inf")
    return _seconds(str(lifecycle.get("data_retention", _FAILURES_DEFAULT)))


def _seconds(text: str) -> float:
    unit = text[-1:]
    return int(text[:-1] or 0) * _UNITS_SECONDS[unit] if unit in _UNITS_SECONDS and text[:-1].isdigit() else 0.0


def _days(seconds: float) -> str:
    return "ever" if seconds == float("inf") else f"{seconds / 86400:g} days"
