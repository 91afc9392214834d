"""The web configuration that Prometheus' programs have in common: TLS, and one user.

Source: github.com/prometheus/exporter-toolkit, docs/web-configuration.md.
"""

from observability import files
from observability.json_types import as_yaml


def web_config(
    password_hash: str,
    *,
    certificate: str = files.path(files.CERTIFICATE),
    key: str = files.path(files.CERTIFICATE_KEY),
) -> str:
    """The file, for a password whose bcrypt hash is given."""
    return as_yaml(
        {
            "tls_server_config": {"cert_file": certificate, "key_file": key, "min_version": "TLS12"},
            "basic_auth_users": {files.METRICS_USER: password_hash},
        }
    )
