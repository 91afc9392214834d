"""The blackbox exporter's modules: one a kind of probe."""

from typing import Final

from observability.description import ProbeKind
from observability.json_types import Json, Value

CA_FILE: Final = "/run/secrets/observability-ca"
_TIMEOUT: Final = "5s"
_COMMON: Final[Json] = {"preferred_ip_protocol": "ip4"}
_LIVE_CODES: Final[list[Value]] = list(range(200, 500))
"""Every answer of a server that lives; the exporter's own default is 200 to 299."""


def modules(ca_file: str = CA_FILE) -> Json:
    """`blackbox.yml`. Certificates are checked against the stack's own authority, but for an application's own."""
    own: Json = {"fail_if_not_ssl": True, "tls_config": {"ca_file": ca_file}}
    foreign: Json = {"fail_if_not_ssl": True, "tls_config": {"insecure_skip_verify": True}}
    live: Json = {"valid_status_codes": _LIVE_CODES}
    return {
        "modules": {
            str(ProbeKind.HTTP): _http({}),
            str(ProbeKind.HTTP_ANSWERS): _http(live),
            str(ProbeKind.HTTPS): _http(own),
            str(ProbeKind.HTTPS_AUTHENTICATED): _http({**own, "valid_status_codes": [401]}),
            str(ProbeKind.HTTPS_FOREIGN): _http(foreign),
            str(ProbeKind.HTTPS_FOREIGN_ANSWERS): _http({**foreign, **live}),
            str(ProbeKind.TCP): {"prober": "tcp", "timeout": _TIMEOUT, "tcp": _COMMON},
        }
    }


def _http(options: Json) -> Json:
    return {"prober": "http", "timeout": _TIMEOUT, "http": {**_COMMON, "follow_redirects": False, **options}}
