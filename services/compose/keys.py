"""Every key of the Compose Specification: what it may hold and what becomes of it.

The keys and their forms are those of compose-go 2.16's JSON schema; tests/unit/compose/test_keys.py fails when that
schema has a key that this table lacks.
"""

import re
from collections.abc import Mapping

from services.compose import quantities
from services.compose.casts import to_umask
from services.compose.kinds import (
    Kind,
    ListOf,
    MapOf,
    Scalar,
    Short,
    Struct,
    boolean,
    integer,
    single,
    text,
    unsigned,
)
from services.compose.lists_and_maps import (
    ENVIRONMENT,
    MAPPING,
    STRING_OR_LIST,
    STRINGS,
    UNIQUE_STRINGS,
    Command,
    HealthTest,
    Hosts,
    Options,
    ProviderOptions,
    SshKeys,
    Ulimit,
)
from services.compose.values import Path, Value, kind_of, sprint

NAME = re.compile(r"[a-zA-Z0-9._-]+")
_ANY_NAME = re.compile(".+", re.DOTALL)

_TEXT = Scalar(("string",), text)
_TEXT_OR_NULL = Scalar(("string", "null"), text)
_BOOLEAN = Scalar(("boolean", "string"), boolean)
_STRICT_BOOLEAN = Scalar(("boolean",), boolean)
_SWITCH = Scalar(("boolean", "string"), boolean, zero_counts=True)
_INTEGER = Scalar(("integer", "string"), integer)
_COUNT = Scalar(("integer", "string"), integer, zero_counts=True)
_UNSIGNED = Scalar(("integer", "string"), unsigned)
_UNSIGNED_COUNT = Scalar(("number", "string"), unsigned, zero_counts=True)
_INTEGRAL = Scalar(("number", "string"), integer)
_SINGLE = Scalar(("number", "string"), single)
_SIZE = Scalar(("number", "string"), quantities.size)
_WHOLE_SIZE = Scalar(("integer", "string"), quantities.size)
_SIZE_TEXT = Scalar(("string",), quantities.size)
_DURATION = Scalar(("string",), quantities.duration, zero_counts=True)
_SET_DURATION = Scalar(("string",), quantities.set_duration)
_COMMAND = Command()
_TEXT_MAP = MapOf(_TEXT)
_DRIVER_OPTIONS = Options()
_ULIMITS = MapOf(Ulimit(), names=re.compile("[a-z]+"))
_ORDER = Scalar(("string",), text, choices=("start-first", "stop-first"))


def _umask(value: Value) -> Value:
    return to_umask(value) if isinstance(value, str) else unsigned(value)


def _image_option(value: Value) -> Value:
    if kind_of(value) == "boolean":
        return "true" if value else "false"
    return text(value)


_FILE_MOUNT = Short(
    Struct(
        {
            "source": _TEXT,
            "target": _TEXT,
            "uid": _TEXT,
            "gid": _TEXT,
            "mode": Scalar(("number", "string"), quantities.file_mode),
        }
    )
)
_LIMIT = Struct(
    {"path": _TEXT, "rate": _WHOLE_SIZE},
    extensible=False,
    renamed={"path": "Path", "rate": "Rate"},
    always={"path": "", "rate": "0"},
)
_BLKIO: Mapping[str, Kind] = {
    **dict.fromkeys(("device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops"), ListOf(_LIMIT)),
    "weight": _UNSIGNED,
    "weight_device": ListOf(
        Struct(
            {"path": _TEXT, "weight": _UNSIGNED},
            extensible=False,
            renamed={"path": "Path", "weight": "Weight"},
            always={"path": "", "weight": 0},
        )
    ),
}
_DEVICE_REQUEST: Mapping[str, Kind] = {
    "capabilities": UNIQUE_STRINGS,
    "count": Scalar(("string", "integer"), quantities.device_count),
    "device_ids": UNIQUE_STRINGS,
    "driver": _TEXT,
    "options": MAPPING,
}
_SERVICE_NETWORK = Struct(
    {
        "aliases": UNIQUE_STRINGS,
        "driver_opts": _DRIVER_OPTIONS,
        "gw_priority": Scalar(("number",), integer),
        "interface_name": _TEXT,
        "ipv4_address": _TEXT,
        "ipv6_address": _TEXT,
        "link_local_ips": UNIQUE_STRINGS,
        "mac_address": _TEXT,
        "priority": Scalar(("number",), integer),
        "use_service_name_alias": _SWITCH,
    }
)
_MOUNT = Struct(
    {
        "type": Scalar(("string",), text, choices=("bind", "volume", "tmpfs", "cluster", "npipe", "image")),
        "source": _TEXT,
        "target": _TEXT,
        "read_only": _BOOLEAN,
        "consistency": _TEXT,
        "bind": Struct(
            {
                "propagation": _TEXT,
                "create_host_path": Scalar(("boolean", "string"), quantities.opt_out, zero_counts=True),
                "recursive": Scalar(("string",), text, choices=("enabled", "disabled", "writable", "readonly")),
                "selinux": Scalar(("string",), text, choices=("z", "Z")),
            }
        ),
        "volume": Struct({"labels": MAPPING, "nocopy": _BOOLEAN, "subpath": _TEXT}),
        "tmpfs": Struct(
            {
                "size": Scalar(("integer", "string"), quantities.size, minimum=0),
                "mode": Scalar(("number", "string"), unsigned),
            }
        ),
        "image": Struct({"subpath": _TEXT}),
    },
    required=("type",),
)
_ENV_FILE = Struct(
    {
        "path": _TEXT,
        "required": Scalar(("boolean", "string"), quantities.opt_out, zero_counts=True),
        "format": _TEXT,
    },
    extensible=False,
    required=("path",),
)

CONTAINER: Mapping[str, Kind] = {
    "annotations": MAPPING,
    "blkio_config": Struct(_BLKIO, extensible=False),
    "cap_add": UNIQUE_STRINGS,
    "cap_drop": UNIQUE_STRINGS,
    "cgroup": Scalar(("string",), text, choices=("host", "private")),
    "cgroup_parent": _TEXT,
    "command": _COMMAND,
    "configs": ListOf(_FILE_MOUNT),
    "cpu_count": Scalar(("string", "integer"), integer, minimum=0),
    "cpu_percent": Scalar(("string", "integer"), single, minimum=0, maximum=100),
    "cpu_period": _INTEGRAL,
    "cpu_quota": _INTEGRAL,
    "cpu_rt_period": _INTEGRAL,
    "cpu_rt_runtime": _INTEGRAL,
    "cpu_shares": _INTEGRAL,
    "cpus": _SINGLE,
    "cpuset": _TEXT,
    "credential_spec": Struct({"config": _TEXT, "file": _TEXT, "registry": _TEXT}),
    "device_cgroup_rules": UNIQUE_STRINGS,
    "devices": ListOf(Short(Struct({"source": _TEXT, "target": _TEXT, "permissions": _TEXT}, required=("source",)))),
    "dns": STRING_OR_LIST,
    "dns_opt": UNIQUE_STRINGS,
    "dns_search": STRING_OR_LIST,
    "domainname": _TEXT,
    "entrypoint": _COMMAND,
    "env_file": ListOf(Short(_ENV_FILE), single=True),
    "environment": ENVIRONMENT,
    "extra_hosts": Hosts(),
    "gpus": Short(ListOf(Struct(_DEVICE_REQUEST, extensible=False, open=True)), choices=("all",)),
    "group_add": ListOf(Scalar(("string", "number"), text), unique=True),
    "hostname": _TEXT,
    "image": _TEXT,
    "init": _SWITCH,
    "ipc": _TEXT,
    "isolation": _TEXT,
    "label_file": ListOf(_TEXT, single=True),
    "labels": MAPPING,
    "logging": Struct({"driver": _TEXT, "options": Options(("string", "number", "null"))}),
    "mac_address": _TEXT,
    "mem_limit": _SIZE,
    "mem_reservation": _WHOLE_SIZE,
    "mem_swappiness": _WHOLE_SIZE,
    "memswap_limit": _SIZE,
    "models": Short(
        MapOf(Struct({"endpoint_var": _TEXT, "model_var": _TEXT}), names=NAME, nullable=True),
        forms=("array",),
        short=UNIQUE_STRINGS,
    ),
    "network_mode": _TEXT,
    "networks": Short(
        MapOf(_SERVICE_NETWORK, names=NAME, closed=True, nullable=True), forms=("array",), short=UNIQUE_STRINGS
    ),
    "oom_kill_disable": _BOOLEAN,
    "oom_score_adj": Scalar(("string", "integer"), integer, minimum=-1000, maximum=1000),
    "pid": _TEXT_OR_NULL,
    "pids_limit": _INTEGRAL,
    "platform": _TEXT,
    "privileged": _BOOLEAN,
    "pull_policy": Scalar(
        ("string",),
        text,
        pattern=re.compile(
            r"^(always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+)\Z"
        ),
    ),
    "pull_refresh_after": _TEXT,
    "read_only": _BOOLEAN,
    "runtime": _TEXT,
    "secrets": ListOf(_FILE_MOUNT),
    "security_opt": UNIQUE_STRINGS,
    "shm_size": _SIZE,
    "stop_grace_period": _DURATION,
    "stop_signal": _TEXT,
    "storage_opt": MapOf(Scalar((), text)),
    "sysctls": MAPPING,
    "tmpfs": STRING_OR_LIST,
    "ulimits": _ULIMITS,
    "umask": Scalar(("integer", "string", "null"), _umask, zero_counts=True, minimum=0, maximum=4294967295),
    "use_api_socket": _STRICT_BOOLEAN,
    "user": _TEXT,
    "userns_mode": _TEXT,
    "uts": _TEXT,
    "volumes": ListOf(Short(_MOUNT), unique=True),
    "volumes_from": UNIQUE_STRINGS,
    "working_dir": _TEXT,
}

_BUILD = Struct(
    {
        "context": _TEXT,
        "dockerfile": _TEXT,
        "dockerfile_inline": _TEXT,
        "entitlements": STRINGS,
        "args": ENVIRONMENT,
        "ssh": SshKeys(),
        "labels": MAPPING,
        "cache_from": STRINGS,
        "cache_to": STRINGS,
        "no_cache": _BOOLEAN,
        "no_cache_filter": STRING_OR_LIST,
        "additional_contexts": MAPPING,
        "network": _TEXT,
        "provenance": Scalar(("string", "boolean"), _image_option),
        "sbom": Scalar(("string", "boolean"), _image_option),
        "pull": _BOOLEAN,
        "target": _TEXT,
        "shm_size": _WHOLE_SIZE,
        "extra_hosts": Hosts(),
        "isolation": _TEXT,
        "privileged": _BOOLEAN,
        "secrets": ListOf(_FILE_MOUNT),
        "tags": STRINGS,
        "ulimits": _ULIMITS,
        "platforms": STRINGS,
    }
)
_DEPENDENCY = Struct(
    {
        "condition": Scalar(
            ("string",),
            text,
            choices=("service_started", "service_healthy", "service_completed_successfully"),
        ),
        "required": _STRICT_BOOLEAN,
        "restart": _BOOLEAN,
    },
    required=("condition",),
    always={"required": False},
)
_PORT = Struct(
    {
        "name": _TEXT,
        "mode": _TEXT,
        "host_ip": _TEXT,
        "target": Scalar(("integer", "string"), unsigned),
        "published": Scalar(("string", "integer"), text),
        "protocol": _TEXT,
        "app_protocol": _TEXT,
    }
)
_HEALTHCHECK = Struct(
    {
        "disable": _BOOLEAN,
        "interval": _DURATION,
        "retries": _UNSIGNED_COUNT,
        "test": HealthTest(),
        "timeout": _DURATION,
        "start_period": _DURATION,
        "start_interval": _DURATION,
    }
)

WORKLOAD: Mapping[str, Kind] = {
    "build": Short(_BUILD),
    "depends_on": Short(MapOf(_DEPENDENCY, names=NAME, closed=True), forms=("array",), short=UNIQUE_STRINGS),
    "expose": ListOf(Scalar(("string", "number"), sprint), unique=True),
    "healthcheck": _HEALTHCHECK,
    "ports": ListOf(Short(_PORT, forms=("string", "number")), unique=True),
    "stdin_open": _BOOLEAN,
    "tty": _BOOLEAN,
}

_UPDATE = Struct(
    {
        "parallelism": Scalar(("integer", "string"), unsigned, zero_counts=True),
        "delay": _SET_DURATION,
        "failure_action": _TEXT,
        "monitor": _SET_DURATION,
        "max_failure_ratio": _SINGLE,
        "order": _ORDER,
    }
)
_DEPLOY = Struct(
    {
        "mode": _TEXT,
        "endpoint_mode": _TEXT,
        "replicas": _COUNT,
        "labels": MAPPING,
        "rollback_config": _UPDATE,
        "update_config": _UPDATE,
        "resources": Struct(
            {
                "limits": Struct({"cpus": _SINGLE, "memory": _SIZE_TEXT, "pids": _INTEGER}),
                "reservations": Struct(
                    {
                        "cpus": _SINGLE,
                        "memory": _SIZE_TEXT,
                        "generic_resources": ListOf(
                            Struct(
                                {
                                    "discrete_resource_spec": Struct(
                                        {"kind": _TEXT, "value": _INTEGRAL}, always={"kind": "", "value": 0}
                                    )
                                }
                            )
                        ),
                        "devices": ListOf(Struct(_DEVICE_REQUEST, required=("capabilities",))),
                    }
                ),
            }
        ),
        "restart_policy": Struct(
            {
                "condition": _TEXT,
                "delay": _DURATION,
                "max_attempts": Scalar(("integer", "string"), unsigned, zero_counts=True),
                "window": _DURATION,
            }
        ),
        "placement": Struct(
            {
                "constraints": STRINGS,
                "preferences": ListOf(Struct({"spread": _TEXT})),
                "max_replicas_per_node": _UNSIGNED,
            }
        ),
    },
    null=True,
    always={"resources": {}, "placement": {}},
)
_HOOK = Struct(
    {
        "command": _COMMAND,
        "user": _TEXT,
        "privileged": _BOOLEAN,
        "working_dir": _TEXT,
        "environment": ENVIRONMENT,
    },
    required=("command",),
    always={"command": None},
)
_WATCH = Struct(
    {
        "ignore": STRING_OR_LIST,
        "include": STRING_OR_LIST,
        "path": _TEXT,
        "action": Scalar(("string",), text, choices=("rebuild", "sync", "restart", "sync+restart", "sync+exec")),
        "target": _TEXT,
        "exec": _HOOK,
        "initial_sync": _STRICT_BOOLEAN,
    },
    required=("path", "action"),
    always={"exec": {"command": None}},
)
_NO_COMMAND: Mapping[str, Value] = {"command": None, "entrypoint": None}

SERVICE = Struct(
    {
        **CONTAINER,
        **WORKLOAD,
        "attach": _SWITCH,
        "container_name": Scalar(("string",), text, pattern=re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")),
        "deploy": _DEPLOY,
        "develop": Struct({"watch": ListOf(_WATCH)}, null=True),
        "extends": Short(Struct({"service": _TEXT, "file": _TEXT}, extensible=False, required=("service",))),
        "external_links": UNIQUE_STRINGS,
        "links": UNIQUE_STRINGS,
        "post_start": ListOf(_HOOK),
        "pre_start": ListOf(Struct({**CONTAINER, "per_replica": _BOOLEAN}, always=_NO_COMMAND)),
        "pre_stop": ListOf(_HOOK),
        "profiles": UNIQUE_STRINGS,
        "provider": Struct({"type": _TEXT, "options": ProviderOptions()}, required=("type",)),
        "restart": _TEXT,
        "scale": _COUNT,
    },
    always=_NO_COMMAND,
)
JOB = Struct(
    {
        **CONTAINER,
        **WORKLOAD,
        "profiles": UNIQUE_STRINGS,
        "triggers": Struct(
            {
                "manual": _SWITCH,
                "schedule": ListOf(
                    Short(
                        Struct(
                            {
                                "cron": _TEXT,
                                "timezone": _TEXT,
                                "concurrency": Scalar(("string",), text, choices=("forbid", "queue")),
                                "missed_fires": Scalar(("string",), text, choices=("one", "skip")),
                            },
                            required=("cron",),
                        )
                    )
                ),
            },
            one_of=("manual", "schedule"),
        ),
    },
    required=("triggers",),
    always=_NO_COMMAND,
)


class _External(Short):
    """Says that a resource exists already; the older form, a mapping with its name, is gone once it is canonical."""

    def decode(self, value: Value, path: Path) -> Value:
        """A boolean."""
        return _BOOLEAN.decode(value, path)

    def counts(self, value: Value) -> bool:
        """False is as good as unset."""
        return bool(value)


_EXTERNAL = _External(Struct({"name": _TEXT}), forms=("boolean", "string"))
_EXTERNAL_FILE = _External(Struct({"name": _TEXT}, open=True), forms=("boolean", "string"))

NETWORK = Struct(
    {
        "name": _TEXT,
        "driver": _TEXT,
        "driver_opts": _DRIVER_OPTIONS,
        "ipam": Struct(
            {
                "driver": _TEXT,
                "config": ListOf(
                    Struct(
                        {
                            "subnet": _TEXT,
                            "ip_range": _TEXT,
                            "gateway": _TEXT,
                            "aux_addresses": MapOf(_TEXT, names=_ANY_NAME, closed=True),
                        }
                    )
                ),
                "options": MapOf(_TEXT, names=_ANY_NAME, closed=True),
            }
        ),
        "external": _EXTERNAL,
        "internal": _BOOLEAN,
        "enable_ipv4": _SWITCH,
        "enable_ipv6": _SWITCH,
        "attachable": _BOOLEAN,
        "labels": MAPPING,
    },
    null=True,
    always={"ipam": {}},
)
VOLUME = Struct(
    {
        "name": _TEXT,
        "driver": _TEXT,
        "driver_opts": _DRIVER_OPTIONS,
        "external": _EXTERNAL,
        "labels": MAPPING,
    },
    null=True,
)
SECRET = Struct(
    {
        "name": _TEXT,
        "environment": _TEXT,
        "file": _TEXT,
        "external": _EXTERNAL_FILE,
        "labels": MAPPING,
        "driver": _TEXT,
        "driver_opts": MapOf(Scalar(("string", "number"), text)),
        "template_driver": _TEXT,
    }
)
CONFIG = Struct(
    {
        "name": _TEXT,
        "content": _TEXT,
        "environment": _TEXT,
        "file": _TEXT,
        "external": _EXTERNAL_FILE,
        "labels": MAPPING,
        "template_driver": _TEXT,
    }
)
MODEL = Struct(
    {
        "name": _TEXT,
        "model": _TEXT,
        "context_size": Scalar(("integer",), integer),
        "runtime_flags": STRINGS,
    },
    required=("model",),
)

PROJECT = Struct(
    {
        "version": _TEXT,
        "name": _TEXT,
        "include": ListOf(
            Short(
                Struct(
                    {"path": STRING_OR_LIST, "env_file": STRING_OR_LIST, "project_directory": _TEXT}, extensible=False
                )
            )
        ),
        "services": MapOf(SERVICE, names=NAME, closed=True),
        "jobs": MapOf(JOB, names=NAME, closed=True),
        "networks": MapOf(NETWORK, names=NAME, closed=True),
        "volumes": MapOf(VOLUME, names=NAME, closed=True),
        "secrets": MapOf(SECRET, names=NAME, closed=True),
        "configs": MapOf(CONFIG, names=NAME, closed=True),
        "models": MapOf(MODEL, names=NAME, closed=True),
    },
    always={"services": {}},
)
