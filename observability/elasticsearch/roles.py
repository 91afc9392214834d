"""Roles and users. Each role's docstring-like `description` is its blast radius."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from observability.description import Description
from observability.json_types import Json, Value
from observability.streams import AUDIT

WRITER: Final = "logs_writer"
READER: Final = "logs_reader"
AUDITOR: Final = "logs_auditor"
COUNTER: Final = "logs_counter"
MONITOR: Final = "metrics_monitor"
SOURCE: Final = "logs_source"


@dataclass(frozen=True, kw_only=True)
class User:
    """A native user; `password` is the name of the secret that holds it."""

    name: str
    roles: tuple[str, ...]
    full_name: str

    @property
    def password(self) -> str:
        """Name of the secret (and of the file below /run/secrets) with the password."""
        return f"{self.name.replace('_', '-')}-password"


LOGSTASH_WRITER: Final = User(name="logstash_writer", roles=(WRITER,), full_name="Logstash writes lines")
LOG_COUNTER: Final = User(name="log_counter", roles=(COUNTER,), full_name="The count exporter counts lines")
METRICS_MONITOR: Final = User(
    name="metrics_monitor", roles=(MONITOR,), full_name="The Elasticsearch exporter reads metrics"
)
GRAFANA_READER: Final = User(
    name="grafana_reader", roles=(READER, SOURCE), full_name="Grafana shows lines beside metrics"
)
OPERATOR: Final = User(name="operator", roles=(READER, AUDITOR), full_name="People in Kibana")
USERS: tuple[User, ...] = (LOGSTASH_WRITER, LOG_COUNTER, METRICS_MONITOR, GRAFANA_READER, OPERATOR)
"""Who comes in. Beside them: `bootstrap`, of the nodes' files, and the built-in `kibana_system`."""

KIBANA_SYSTEM: Final = User(name="kibana_system", roles=(), full_name="Kibana")
"""Built in: only its password is ours."""


def roles(description: Description) -> Mapping[str, Json]:
    """Role -> body, in the form in which Elasticsearch gives it back."""
    every = [stream.name for stream in description.streams]
    audit = [stream.name for stream in description.streams if stream.retention == AUDIT]
    others = [name for name in every if name not in audit]
    return {
        WRITER: _role(
            "Adds lines to the streams of this stack. Reads, changes and deletes nothing.",
            cluster=("monitor",),
            indices=(_on(every, "create_doc", "auto_configure"),),
        ),
        READER: _role(
            "Finds lines of this stack, but those of audits; uses Kibana's Discover and dashboards.",
            indices=(_on(others, "read", "read_failure_store", "view_index_metadata"),),
            applications=(
                {
                    "application": "kibana-.kibana",
                    "privileges": ["feature_discover_v2.read", "feature_dashboard_v2.read"],
                    "resources": ["space:default"],
                },
            ),
        ),
        AUDITOR: _role(
            "Finds lines of audits.", indices=(_on(audit, "read", "read_failure_store", "view_index_metadata"),)
        ),
        COUNTER: _role(
            "Counts documents of this stack and of its failure stores.",
            indices=(_on(every, "read", "read_failure_store"),),
        ),
        SOURCE: _role(
            "Asks for the cluster's version and health, as Grafana's data source does before it reads; no document.",
            cluster=("cluster:monitor/main", "cluster:monitor/health"),
        ),
        MONITOR: _role(
            "Reads health and statistics of the cluster and of every index; no document.",
            cluster=("monitor",),
            indices=(_on(["*"], "monitor"),),
        ),
    }


def user_body(user: User) -> Json:
    """The body of a user, without its password."""
    return {
        "roles": list(user.roles),
        "full_name": user.full_name,
        "metadata": {"managed_by": "observability"},
        "enabled": True,
    }


def _on(names: Sequence[str], *privileges: str) -> Json:
    return {"names": list(names), "privileges": list(privileges), "allow_restricted_indices": False}


def _role(
    description: str,
    *,
    cluster: Sequence[str] = (),
    indices: Sequence[Json] = (),
    applications: Sequence[Json] = (),
) -> Json:
    body: dict[str, Value] = {
        "cluster": list(cluster),
        "indices": list(indices),
        "applications": list(applications),
        "run_as": [],
        "metadata": {"managed_by": "observability"},
        "description": description,
    }
    return body
