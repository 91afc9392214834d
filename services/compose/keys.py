"""Every key of the Compose Specification: what it may hold and what becomes of it.

The keys and their forms are those of compose-go 2.16's JSON schema. tests/unit/compose/test_keys.py fails when
that schema has a key that this table lacks.
"""

from services.compose.conversions import integer, text
from services.compose.kinds import ListOf, MapOf, Scalar, Short, Struct
from services.compose.lists_and_maps import (
    MAPPING,
    STRING_OR_LIST,
    STRINGS,
)
from services.compose.scalar_kinds import ANY_NAME, BOOLEAN, DRIVER_OPTIONS, NAME, SWITCH, TEXT
from services.compose.service_keys import JOB, SERVICE
from services.compose.values import Path, Value


class _External(Short):
    """Says that a resource exists already; the older form, a mapping with its name, is gone once it is canonical."""

    def decode(self, value: Value, path: Path) -> Value:
        """A boolean."""
        return BOOLEAN.decode(value, path)

    def counts(self, value: Value) -> bool:
        """False is as good as unset."""
        return bool(value)


_EXTERNAL = _External(Struct({"name": TEXT}), forms=("boolean", "string"))
_EXTERNAL_FILE = _External(Struct({"name": TEXT}, open=True), forms=("boolean", "string"))

NETWORK = Struct(
    {
        "name": TEXT,
        "driver": TEXT,
        "driver_opts": DRIVER_OPTIONS,
        "ipam": Struct(
            {
                "driver": TEXT,
                "config": ListOf(
                    Struct(
                        {
                            "subnet": TEXT,
                            "ip_range": TEXT,
                            "gateway": TEXT,
                            "aux_addresses": MapOf(TEXT, names=ANY_NAME, closed=True),
                        }
                    )
                ),
                "options": MapOf(TEXT, names=ANY_NAME, closed=True),
            }
        ),
        "external": _EXTERNAL,
        "internal": BOOLEAN,
        "enable_ipv4": SWITCH,
        "enable_ipv6": SWITCH,
        "attachable": BOOLEAN,
        "labels": MAPPING,
    },
    null=True,
    always={"ipam": {}},
)
VOLUME = Struct(
    {
        "name": TEXT,
        "driver": TEXT,
        "driver_opts": DRIVER_OPTIONS,
        "external": _EXTERNAL,
        "labels": MAPPING,
    },
    null=True,
)
SECRET = Struct(
    {
        "name": TEXT,
        "environment": TEXT,
        "file": TEXT,
        "external": _EXTERNAL_FILE,
        "labels": MAPPING,
        "driver": TEXT,
        "driver_opts": MapOf(Scalar(("string", "number"), text)),
        "template_driver": TEXT,
    }
)
CONFIG = Struct(
    {
        "name": TEXT,
        "content": TEXT,
        "environment": TEXT,
        "file": TEXT,
        "external": _EXTERNAL_FILE,
        "labels": MAPPING,
        "template_driver": TEXT,
    }
)
MODEL = Struct(
    {
        "name": TEXT,
        "model": TEXT,
        "context_size": Scalar(("integer",), integer),
        "runtime_flags": STRINGS,
    },
    required=("model",),
)

PROJECT = Struct(
    {
        "version": TEXT,
        "name": TEXT,
        "include": ListOf(
            Short(
                Struct(
                    {"path": STRING_OR_LIST, "env_file": STRING_OR_LIST, "project_directory": TEXT}, extensible=False
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
