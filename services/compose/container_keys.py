"""Keys of anything that runs a container: services, jobs, hooks before the start.

The keys and their forms are those of compose-go 2.16's JSON schema.
"""

import re
from collections.abc import Mapping

from services.compose import quantities
from services.compose.casts import to_umask
from services.compose.conversions import integer, single, text, unsigned
from services.compose.kinds import Kind, ListOf, MapOf, Scalar, Short, Struct
from services.compose.lists_and_maps import (
    ENVIRONMENT,
    MAPPING,
    STRING_OR_LIST,
    UNIQUE_STRINGS,
    Hosts,
    Options,
)
from services.compose.scalar_kinds import (
    BOOLEAN,
    COMMAND,
    DRIVER_OPTIONS,
    DURATION,
    INTEGRAL,
    NAME,
    SINGLE,
    SIZE,
    STRICT_BOOLEAN,
    SWITCH,
    TEXT,
    TEXT_OR_NULL,
    ULIMITS,
    UNSIGNED,
    WHOLE_SIZE,
)
from services.compose.values import Value


def _umask(value: Value) -> Value:
    return to_umask(value) if isinstance(value, str) else unsigned(value)


FILE_MOUNT = Short(
    Struct(
        {
            "source": TEXT,
            "target": TEXT,
            "uid": TEXT,
            "gid": TEXT,
            "mode": Scalar(("number", "string"), quantities.file_mode),
        }
    )
)
_LIMIT = Struct(
    {"path": TEXT, "rate": WHOLE_SIZE},
    extensible=False,
    renamed={"path": "Path", "rate": "Rate"},
    always={"path": "", "rate": "0"},
)
_BLKIO: Mapping[str, Kind] = {
    **dict.fromkeys(("device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops"), ListOf(_LIMIT)),
    "weight": UNSIGNED,
    "weight_device": ListOf(
        Struct(
            {"path": TEXT, "weight": UNSIGNED},
            extensible=False,
            renamed={"path": "Path", "weight": "Weight"},
            always={"path": "", "weight": 0},
        )
    ),
}
DEVICE_REQUEST: Mapping[str, Kind] = {
    "capabilities": UNIQUE_STRINGS,
    "count": Scalar(("string", "integer"), quantities.device_count),
    "device_ids": UNIQUE_STRINGS,
    "driver": TEXT,
    "options": MAPPING,
}
_SERVICE_NETWORK = Struct(
    {
        "aliases": UNIQUE_STRINGS,
        "driver_opts": DRIVER_OPTIONS,
        "gw_priority": Scalar(("number",), integer),
        "interface_name": TEXT,
        "ipv4_address": TEXT,
        "ipv6_address": TEXT,
        "link_local_ips": UNIQUE_STRINGS,
        "mac_address": TEXT,
        "priority": Scalar(("number",), integer),
        "use_service_name_alias": SWITCH,
    }
)
_MOUNT = Struct(
    {
        "type": Scalar(("string",), text, choices=("bind", "volume", "tmpfs", "cluster", "npipe", "image")),
        "source": TEXT,
        "target": TEXT,
        "read_only": BOOLEAN,
        "consistency": TEXT,
        "bind": Struct(
            {
                "propagation": TEXT,
                "create_host_path": Scalar(("boolean", "string"), quantities.opt_out, zero_counts=True),
                "recursive": Scalar(("string",), text, choices=("enabled", "disabled", "writable", "readonly")),
                "selinux": Scalar(("string",), text, choices=("z", "Z")),
            }
        ),
        "volume": Struct({"labels": MAPPING, "nocopy": BOOLEAN, "subpath": TEXT}),
        "tmpfs": Struct(
            {
                "size": Scalar(("integer", "string"), quantities.size, minimum=0),
                "mode": Scalar(("number", "string"), unsigned),
            }
        ),
        "image": Struct({"subpath": TEXT}),
    },
    required=("type",),
)
_ENV_FILE = Struct(
    {
        "path": TEXT,
        "required": Scalar(("boolean", "string"), quantities.opt_out, zero_counts=True),
        "format": TEXT,
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
    "cgroup_parent": TEXT,
    "command": COMMAND,
    "configs": ListOf(FILE_MOUNT),
    "cpu_count": Scalar(("string", "integer"), integer, minimum=0),
    "cpu_percent": Scalar(("string", "integer"), single, minimum=0, maximum=100),
    "cpu_period": INTEGRAL,
    "cpu_quota": INTEGRAL,
    "cpu_rt_period": INTEGRAL,
    "cpu_rt_runtime": INTEGRAL,
    "cpu_shares": INTEGRAL,
    "cpus": SINGLE,
    "cpuset": TEXT,
    "credential_spec": Struct({"config": TEXT, "file": TEXT, "registry": TEXT}),
    "device_cgroup_rules": UNIQUE_STRINGS,
    "devices": ListOf(Short(Struct({"source": TEXT, "target": TEXT, "permissions": TEXT}, required=("source",)))),
    "dns": STRING_OR_LIST,
    "dns_opt": UNIQUE_STRINGS,
    "dns_search": STRING_OR_LIST,
    "domainname": TEXT,
    "entrypoint": COMMAND,
    "env_file": ListOf(Short(_ENV_FILE), single=True),
    "environment": ENVIRONMENT,
    "extra_hosts": Hosts(),
    "gpus": Short(ListOf(Struct(DEVICE_REQUEST, extensible=False, open=True)), choices=("all",)),
    "group_add": ListOf(Scalar(("string", "number"), text), unique=True),
    "hostname": TEXT,
    "image": TEXT,
    "init": SWITCH,
    "ipc": TEXT,
    "isolation": TEXT,
    "label_file": ListOf(TEXT, single=True),
    "labels": MAPPING,
    "logging": Struct({"driver": TEXT, "options": Options(("string", "number", "null"))}),
    "mac_address": TEXT,
    "mem_limit": SIZE,
    "mem_reservation": WHOLE_SIZE,
    "mem_swappiness": WHOLE_SIZE,
    "memswap_limit": SIZE,
    "models": Short(
        MapOf(Struct({"endpoint_var": TEXT, "model_var": TEXT}), names=NAME, nullable=True),
        forms=("array",),
        short=UNIQUE_STRINGS,
    ),
    "network_mode": TEXT,
    "networks": Short(
        MapOf(_SERVICE_NETWORK, names=NAME, closed=True, nullable=True), forms=("array",), short=UNIQUE_STRINGS
    ),
    "oom_kill_disable": BOOLEAN,
    "oom_score_adj": Scalar(("string", "integer"), integer, minimum=-1000, maximum=1000),
    "pid": TEXT_OR_NULL,
    "pids_limit": INTEGRAL,
    "platform": TEXT,
    "privileged": BOOLEAN,
    "pull_policy": Scalar(
        ("string",),
        text,
        pattern=re.compile(
            r"^(always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+)\Z"
        ),
    ),
    "pull_refresh_after": TEXT,
    "read_only": BOOLEAN,
    "runtime": TEXT,
    "secrets": ListOf(FILE_MOUNT),
    "security_opt": UNIQUE_STRINGS,
    "shm_size": SIZE,
    "stop_grace_period": DURATION,
    "stop_signal": TEXT,
    "storage_opt": MapOf(Scalar((), text)),
    "sysctls": MAPPING,
    "tmpfs": STRING_OR_LIST,
    "ulimits": ULIMITS,
    "umask": Scalar(("integer", "string", "null"), _umask, zero_counts=True, minimum=0, maximum=4294967295),
    "use_api_socket": STRICT_BOOLEAN,
    "user": TEXT,
    "userns_mode": TEXT,
    "uts": TEXT,
    "volumes": ListOf(Short(_MOUNT), unique=True),
    "volumes_from": UNIQUE_STRINGS,
    "working_dir": TEXT,
}
