"""Everything that moto holds, whatever the service: the ground for the question what a teardown left behind.

Walks the backends' own containers instead of asking service by service, so that no kind of resource is overlooked.
Runs in the cloud's process.
"""

# moto's backends are plain untyped objects here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.core.common_models import BaseModel

SERVICES = (
    "acm",
    "applicationautoscaling",
    "autoscaling",
    "backup",
    "budgets",
    "cloudwatch",
    "ec2",
    "ecr",
    "ecs",
    "efs",
    "elasticache",
    "elbv2",
    "events",
    "iam",
    "kms",
    "logs",
    "rds",
    "route53",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "sns",
    "ssm",
    "sts",
    "wafv2",
)
"""Opened when the cloud is fresh, so that what an account has by itself is in the baseline."""

GLOBAL = "global"
BOOKKEEPING = frozenset(
    {"tagger", "tagging_service", "tags", "operations", "access_log", "account_aliases", "delegation_sets"}
)
"""Attributes that describe resources or calls and are none."""

KEPT_BY_AWS = {
    ("kms", "PendingDeletion"): "a KMS key waits out its deletion window of 7 to 30 days",
    ("ecs", "INACTIVE"): "ECS keeps inactive clusters, services and task definition revisions",
    ("ecs", "STOPPED"): "ECS shows stopped tasks for an hour",
    ("secretsmanager", "deleted"): "Secrets Manager keeps a deleted secret for its recovery window",
    ("ec2", "deleted"): "EC2 shows deleted NAT gateways and endpoints for about an hour",
    ("ec2", "terminated"): "EC2 shows terminated instances for about an hour",
    ("rds", "automated"): "RDS keeps automated snapshots for a while",
}
"""(service, state) -> why a real account still shows it after the deletion."""


def open_backends(account_id: str, region: str) -> None:
    """Makes every service of SERVICES create what an account has by itself."""
    for service in SERVICES:
        backends: Any = get_backend(cast("Any", service))
        # moto itself looks into its own default region for these.
        places = {region, "us-east-1"} if service in ("ec2", "elasticache") else {region}
        for place in places if region in backends[account_id].regions else {"aws"}:
            _ = backends[account_id][place]


def resources() -> dict[str, str]:
    """Path of every resource (service, region, kind, key) -> why AWS itself keeps it, or an empty string."""
    found: dict[str, str] = {}
    in_use: list[Any] = vars(BackendDict)["_instances"]
    for backends in in_use:
        for _, region, backend in backends.iter_backends():
            if backends.service_name in ("moto_api", "instance_metadata", "sts"):
                continue
            seen: set[int] = set()
            for kind, value in _containers(backend):
                for path, model in _models(value, (backends.service_name, region, kind), seen):
                    found["/".join(path)] = _kept_reason(backends.service_name, kind, model)
    return found


def _containers(holder: object) -> Iterator[tuple[str, object]]:
    for name, value in vars(holder).items():
        if name.lstrip("_") not in BOOKKEEPING and isinstance(value, (dict, list, set, tuple)):
            yield name, value


def _models(value: object, path: tuple[str, ...], seen: set[int]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Resources in nested containers; containers of a resource (records of a zone) count as resources too."""
    if isinstance(value, BaseModel):
        if id(value) in seen:
            return
        seen.add(id(value))
        yield path, value
        for name, inner in _containers(value):
            yield from _models(inner, (*path, name), seen)
    elif isinstance(value, Mapping):
        for key, inner in list(cast("Mapping[object, object]", value).items()):
            yield from _models(inner, (*path, _key(str(key), inner)), seen)
    elif isinstance(value, (list, set, tuple)):
        for inner in list(cast("Iterable[object]", value)):
            yield from _models(inner, (*path, _name(inner)), seen)


def _key(key: str, value: object) -> str:
    """The key, with the resource's name when that is another."""
    name = _name(value) if isinstance(value, BaseModel) else key
    return key if name in key or name == type(value).__name__ else f"{key} ({name})"


def _name(value: object) -> str:
    for attribute in ("name", "id", "arn"):
        name = getattr(value, attribute, None)
        if isinstance(name, str):
            return name
    return type(value).__name__


def _kept_reason(service: str, kind: str, model: Any) -> str:
    states = {
        str(getattr(model, name, "")) for name in ("status", "state", "key_state", "last_status", "snapshot_type")
    }
    if getattr(model, "deleted_date", None) is not None:
        states.add("deleted")
    for state in sorted(states):
        reason = KEPT_BY_AWS.get((service, state))
        if reason:
            return reason
    return ""
