"""The blackbox exporter's modules: one a kind of probe."""

from typing import Final

from observability.description import ProbeKind
from observability.json_types import Json

CA_FILE: Final = "/run/secrets/observability-ca"
_TIMEOUT: Final = "5s"
_TLS: Final[Json] = {"ca_file": CA_FILE}


def modules(ca_file: str = CA_FILE) -> Json:
    """`blackbox.yml`. Certificates are checked against the stack's own authority."""
    tls: Json = {**_TLS, "ca_file": ca_file}
    common: Json = {"preferred_ip_protocol": "ip4", "follow_redirects": False}
    return {
        "modules": {
            str(ProbeKind.HTTP): {"prober": "http", "timeout": _TIMEOUT, "http": {**common}},
            str(ProbeKind.HTTPS): {
                "prober": "http",
                "timeout": _TIMEOUT,
                "http": {**common, "fail_if_not_ssl": True, "tls_config": tls},
            },
            str(ProbeKind.HTTPS_AUTHENTICATED): {
                "prober": "http",
                "timeout": _TIMEOUT,
                "http": {**common, "fail_if_not_ssl": True, "valid_status_codes": [401], "tls_config": tls},
            },
            str(ProbeKind.TCP): {
                "prober": "tcp",
                "timeout": _TIMEOUT,
                "tcp": {"preferred_ip_protocol": "ip4"},
            },
        }
    }
