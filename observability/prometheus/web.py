"""The web configuration that Prometheus' programs have in common: TLS, and one user.

Source: github.com/prometheus/exporter-toolkit, docs/web-configuration.md.
"""

import yaml

from observability import files


def web_config(
    password_hash: str,
    *,
    certificate: str = files.path(files.CERTIFICATE),
    key: str = files.path(files.CERTIFICATE_KEY),
) -> str:
    """The file, for a password whose bcrypt hash is given."""
    return yaml.safe_dump(
        {
            "tls_server_config": {"cert_file": certificate, "key_file": key, "min_version": "TLS12"},
            "basic_auth_users": {files.METRICS_USER: password_hash},
        }
    )
