"""Keys of services and jobs beyond those of a container.

The keys and their forms are those of compose-go 2.16's JSON schema.
"""

import re
from collections.abc import Mapping

from services.compose.container_keys import CONTAINER, DEVICE_REQUEST, FILE_MOUNT
from services.compose.conversions import text, unsigned
from services.compose.kinds import Kind, ListOf, MapOf, Scalar, Short, Struct
from services.compose.lists_and_maps import (
    ENVIRONMENT,
    MAPPING,
    STRING_OR_LIST,
    STRINGS,
    UNIQUE_STRINGS,
    HealthTest,
    Hosts,
    ProviderOptions,
    SshKeys,
)
from services.compose.scalar_kinds import (
    BOOLEAN,
    COMMAND,
    COUNT,
    DURATION,
    INTEGER,
    INTEGRAL,
    NAME,
    ORDER,
    SET_DURATION,
    SINGLE,
    SIZE_TEXT,
    STRICT_BOOLEAN,
    SWITCH,
    TEXT,
    ULIMITS,
    UNSIGNED,
    UNSIGNED_COUNT,
    WHOLE_SIZE,
)
from services.compose.values import Value, kind_of, sprint


def _image_option(value: Value) -> Value:
    if kind_of(value) == "boolean":
        return "true" if value else "false"
    return text(value)


_BUILD = Struct(
    {
        "context": TEXT,
        "dockerfile": TEXT,
        "dockerfile_inline": TEXT,
        "entitlements": STRINGS,
        "args": ENVIRONMENT,
        "ssh": SshKeys(),
        "labels": MAPPING,
        "cache_from": STRINGS,
        "cache_to": STRINGS,
        "no_cache": BOOLEAN,
        "no_cache_filter": STRING_OR_LIST,
        "additional_contexts": MAPPING,
        "network": TEXT,
        "provenance": Scalar(("string", "boolean"), _image_option),
        "sbom": Scalar(("string", "boolean"), _image_option),
        "pull": BOOLEAN,
        "target": TEXT,
        "shm_size": WHOLE_SIZE,
        "extra_hosts": Hosts(),
        "isolation": TEXT,
        "privileged": BOOLEAN,
        "secrets": ListOf(FILE_MOUNT),
        "tags": STRINGS,
        "ulimits": ULIMITS,
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
        "required": STRICT_BOOLEAN,
        "restart": BOOLEAN,
    },
    required=("condition",),
    always={"required": False},
)
_PORT = Struct(
    {
        "name": TEXT,
        "mode": TEXT,
        "host_ip": TEXT,
        "target": Scalar(("integer", "string"), unsigned),
        "published": Scalar(("string", "integer"), text),
        "protocol": TEXT,
        "app_protocol": TEXT,
    }
)
_HEALTHCHECK = Struct(
    {
        "disable": BOOLEAN,
        "interval": DURATION,
        "retries": UNSIGNED_COUNT,
        "test": HealthTest(),
        "timeout": DURATION,
        "start_period": DURATION,
        "start_interval": DURATION,
    }
)

WORKLOAD: Mapping[str, Kind] = {
    "build": Short(_BUILD),
    "depends_on": Short(MapOf(_DEPENDENCY, names=NAME, closed=True), forms=("array",), short=UNIQUE_STRINGS),
    "expose": ListOf(Scalar(("string", "number"), sprint), unique=True),
    "healthcheck": _HEALTHCHECK,
    "ports": ListOf(Short(_PORT, forms=("string", "number")), unique=True),
    "stdin_open": BOOLEAN,
    "tty": BOOLEAN,
}

_UPDATE = Struct(
    {
        "parallelism": Scalar(("integer", "string"), unsigned, zero_counts=True),
        "delay": SET_DURATION,
        "failure_action": TEXT,
        "monitor": SET_DURATION,
        "max_failure_ratio": SINGLE,
        "order": ORDER,
    }
)
_DEPLOY = Struct(
    {
        "mode": TEXT,
        "endpoint_mode": TEXT,
        "replicas": COUNT,
        "labels": MAPPING,
        "rollback_config": _UPDATE,
        "update_config": _UPDATE,
        "resources": Struct(
            {
                "limits": Struct({"cpus": SINGLE, "memory": SIZE_TEXT, "pids": INTEGER}),
                "reservations": Struct(
                    {
                        "cpus": SINGLE,
                        "memory": SIZE_TEXT,
                        "generic_resources": ListOf(
                            Struct(
                                {
                                    "discrete_resource_spec": Struct(
                                        {"kind": TEXT, "value": INTEGRAL}, always={"kind": "", "value": 0}
                                    )
                                }
                            )
                        ),
                        "devices": ListOf(Struct(DEVICE_REQUEST, required=("capabilities",))),
                    }
                ),
            }
        ),
        "restart_policy": Struct(
            {
                "condition": TEXT,
                "delay": DURATION,
                "max_attempts": Scalar(("integer", "string"), unsigned, zero_counts=True),
                "window": DURATION,
            }
        ),
        "placement": Struct(
            {
                "constraints": STRINGS,
                "preferences": ListOf(Struct({"spread": TEXT})),
                "max_replicas_per_node": UNSIGNED,
            }
        ),
    },
    null=True,
    always={"resources": {}, "placement": {}},
)
_HOOK = Struct(
    {
        "command": COMMAND,
        "user": TEXT,
        "privileged": BOOLEAN,
        "working_dir": TEXT,
        "environment": ENVIRONMENT,
    },
    required=("command",),
    always={"command": None},
)
_WATCH = Struct(
    {
        "ignore": STRING_OR_LIST,
        "include": STRING_OR_LIST,
        "path": TEXT,
        "action": Scalar(("string",), text, choices=("rebuild", "sync", "restart", "sync+restart", "sync+exec")),
        "target": TEXT,
        "exec": _HOOK,
        "initial_sync": STRICT_BOOLEAN,
    },
    required=("path", "action"),
    always={"exec": {"command": None}},
)
_NO_COMMAND: Mapping[str, Value] = {"command": None, "entrypoint": None}

SERVICE = Struct(
    {
        **CONTAINER,
        **WORKLOAD,
        "attach": SWITCH,
        "container_name": Scalar(("string",), text, pattern=re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")),
        "deploy": _DEPLOY,
        "develop": Struct({"watch": ListOf(_WATCH)}, null=True),
        "extends": Short(Struct({"service": TEXT, "file": TEXT}, extensible=False, required=("service",))),
        "external_links": UNIQUE_STRINGS,
        "links": UNIQUE_STRINGS,
        "post_start": ListOf(_HOOK),
        "pre_start": ListOf(Struct({**CONTAINER, "per_replica": BOOLEAN}, always=_NO_COMMAND)),
        "pre_stop": ListOf(_HOOK),
        "profiles": UNIQUE_STRINGS,
        "provider": Struct({"type": TEXT, "options": ProviderOptions()}, required=("type",)),
        "restart": TEXT,
        "scale": COUNT,
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
                "manual": SWITCH,
                "schedule": ListOf(
                    Short(
                        Struct(
                            {
                                "cron": TEXT,
                                "timezone": TEXT,
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
