"""Where a container finds what it must know to speak to the others: authority, certificate, passwords."""

from dataclasses import dataclass
from typing import Final

FOLDER: Final = "/run/secrets"
AUTHORITY: Final = "observability-ca"
"""The stack's own certificate authority; who holds a certificate that it signed is one of the stack's."""

CERTIFICATE: Final = "certificate"
CERTIFICATE_KEY: Final = "certificate-key"
WEB_CONFIG: Final = "web-config"
METRICS_PASSWORD: Final = "metrics-password"  # noqa: S105  # the secret's name
GRAFANA_PASSWORD: Final = "grafana-admin-password"  # noqa: S105  # the same
METRICS_USER: Final = "metrics"
"""Who may ask Prometheus, Alertmanager and the exporters."""


def path(name: str) -> str:
    """The file of a secret."""
    return f"{FOLDER}/{name}"


@dataclass(frozen=True, kw_only=True)
class Files:
    """What a configuration names: the authority's certificate, and the password of who asks for metrics."""

    authority: str
    metrics_password: str


IN_CONTAINER: Final = Files(authority=path(AUTHORITY), metrics_password=path(METRICS_PASSWORD))
