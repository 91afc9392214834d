"""The columns of managed services on AWS: what becomes of a service's keys where RDS or ElastiCache runs in its place.

A key that shapes a container is ignored, as no container is there to be shaped. One that makes it do something (a
command, a hook, a file that is mounted) is refused, as that would be lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.support.fates import Column, Fate, Ignored, Mapped, Rejected

_ELSEWHERE = "take it out, or x-aws.managed on this stack"
_ORDER = Mapped("the order of creation: whoever waits for this service waits for those, too")
_NAME = Mapped("a further name of the service")


@dataclass(frozen=True, kw_only=True)
class _Managed:
    """How a managed service is called, and which settings decide what its container's keys would."""

    name: str
    size: str
    copies: str
    storage: str
    logs: str
    own: Column
    """What differs from every other managed service."""


def _column(about: _Managed) -> Column:
    no_container = Ignored(f"it shapes a container, and {about.name} runs none")
    size = Ignored(f"{about.size} sizes it")
    copies = Ignored(f"{about.copies} says how many there are")
    rollouts = Ignored(f"{about.name} replaces its nodes itself, in its maintenance window")
    restarts = Ignored(f"{about.name} keeps itself running")
    no_image = Ignored(f"no image is pulled; {about.name} runs its engine in the version that the tag names")
    by_name = Rejected("it is found by its name: take it out")
    lost = Rejected(f"{about.name} runs no container, and this would be lost: {_ELSEWHERE}")
    rows: dict[str, Fate] = {
        "image": Mapped("the engine and its major version"),
        "build": lost,
        "entrypoint": lost,
        "command": lost,
        "ports": Ignored("it is never published; the services of its networks reach the engine's own port"),
        "expose": Ignored("the services of its networks reach the engine's own port"),
        "healthcheck": Ignored(f"{about.name} watches its nodes itself; dependants wait for the endpoint"),
        "depends_on": _ORDER,
        "depends_on.*.restart": Ignored("services find each other by name: a new one needs no restart of others"),
        "networks": Mapped("security groups; it is in the isolated subnets in any case"),
        "networks.*.aliases": _NAME,
        "networks.*.ipv4_address": by_name,
        "networks.*.ipv6_address": by_name,
        "networks.*.link_local_ips": by_name,
        "networks.*.mac_address": no_container,
        "networks.*.driver_opts": no_container,
        "networks.*.gw_priority": no_container,
        "networks.*.priority": no_container,
        "networks.*.interface_name": no_container,
        "networks.*.use_service_name_alias": Rejected("a service is always found by its name: take it out"),
        "network_mode": Rejected("it has a network of its own: name networks instead"),
        "volumes": Ignored(
            f"its data is on storage of its own, {about.storage}; what is mounted from yours is refused"
        ),
        "tmpfs": no_container,
        "secrets": Mapped("its password"),
        **{f"secrets.*.{key}": Ignored("a password on AWS is no file") for key in ("uid", "gid", "mode")},
        "configs": lost,
        "deploy.mode": Rejected(f"{about.name} runs always: {_ELSEWHERE}"),
        "deploy.endpoint_mode": Ignored("its name answers with its address in any case"),
        "deploy.replicas": copies,
        "deploy.labels": Ignored("tags come from components:tags"),
        "deploy.resources": size,
        "deploy.resources.limits.pids": no_container,
        "deploy.resources.reservations.devices": lost,
        "deploy.resources.reservations.generic_resources": lost,
        "deploy.update_config": rollouts,
        "deploy.rollback_config": rollouts,
        "deploy.restart_policy": restarts,
        "deploy.placement": Ignored(f"{about.name} spreads its nodes over the zones itself"),
        "restart": restarts,
        "container_name": _NAME,
        "links": _ORDER,
        "external_links": lost,
        "logging": Ignored(about.logs),
        "attach": Ignored("it concerns what `docker compose up` prints"),
        "platform": Ignored(f"{about.size} chooses the processors"),
        "pull_policy": no_image,
        "pull_refresh_after": no_image,
        "scale": copies,
        "storage_opt": Ignored(f"its data is on storage of its own, {about.storage}"),
        "volumes_from": lost,
        "use_api_socket": lost,
        "gpus": lost,
        "devices": lost,
        "develop": Ignored("it is for `docker compose watch`, on a laptop"),
        "post_start": lost,
        "pre_stop": lost,
        "pre_start": lost,
        "models": lost,
        "provider": lost,
        "x-aws.managed": Mapped(f"{about.name} in the container's place"),
        **{f"x-aws.{key}": lost for key in ("scaling", "size", "environment", "endpoints")},
        **{f"x-aws.{key}": Rejected("it is never published: take it out") for key in ("expose", "route")},
        **dict.fromkeys(_SIZES, size),
        **dict.fromkeys(_OF_CONTAINERS, no_container),
        **about.own,
    }
    return {f"services.*.{key}": found for key, found in rows.items()}


_SIZES: Final = ("cpus", "mem_limit", "mem_reservation", "shm_size")
"""Keys that say how large a container is."""

_OF_CONTAINERS: Final = (
    *("user", "read_only", "init", "cap_add", "cap_drop", "stop_grace_period", "stop_signal", "working_dir", "labels"),
    *("annotations", "hostname", "domainname", "extra_hosts", "dns", "dns_opt", "dns_search", "memswap_limit"),
    *("mem_swappiness", "pids_limit", "cpu_shares", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime"),
    *("cpu_count", "cpu_percent", "cpuset", "ulimits", "sysctls", "blkio_config", "oom_kill_disable", "oom_score_adj"),
    *("privileged", "security_opt", "group_add", "userns_mode", "pid", "ipc", "uts", "cgroup", "cgroup_parent"),
    *("runtime", "isolation", "device_cgroup_rules", "umask", "mac_address", "stdin_open", "tty", "credential_spec"),
)
"""Keys that say how a container is shaped, and nothing of what it does."""

_SERVICES: Final[Mapping[str, _Managed]] = {
    "rds": _Managed(
        name="RDS",
        size="components:database.instance_class",
        copies="components:database.multi_az",
        storage="sized by components:database.storage_gib",
        logs="the engine's logs go to CloudWatch Logs, and components:database says for how long",
        own={
            "environment": Mapped("user, password and name of the database"),
            "command": Mapped("parameters of PostgreSQL's log; whatever else it says is refused"),
        },
    ),
    "elasticache": _Managed(
        name="ElastiCache",
        size="components:cache.node_type",
        copies="components:cache.standby_nodes",
        storage="with snapshots as components:cache says",
        logs="ElastiCache keeps its logs to itself; its metrics are in CloudWatch",
        own={
            "environment": Mapped("the password"),
            "command": Mapped("the password; of the options, those alone that ElastiCache decides itself may be there"),
        },
    ),
}

MANAGED_NAMES: Final[Mapping[str, str]] = {kind: about.name for kind, about in _SERVICES.items()}
"""Value of `x-aws.managed` -> how AWS calls it."""

MANAGED: Final[Mapping[str, Column]] = {kind: _column(about) for kind, about in _SERVICES.items()}
"""Value of `x-aws.managed` -> the fates of the service's keys; those of other elements are the column's of AWS."""
