"""Grafana: stateless, everything that it shows is provisioned."""

import json
from typing import Final

from observability import files, producers
from observability.description import Description, Part
from observability.elasticsearch.roles import GRAFANA_READER
from observability.engine import INSIDE, OUTSIDE, STARTED, Engine, fetched
from observability.grafana import dashboards, sources
from observability.images import IMAGES
from observability.json_types import as_yaml

PORT: Final = 3000
_PROVISIONING: Final = "/etc/grafana/provisioning"


def engine(description: Description, published: int) -> Engine:
    """Grafana, published on loopback at a port."""
    return Engine(
        image=IMAGES[producers.GRAFANA].reference,
        memory_mib=512,
        command=None,
        environment={
            "GF_SERVER_PROTOCOL": "https",
            "GF_SERVER_CERT_FILE": files.path(files.CERTIFICATE),
            "GF_SERVER_CERT_KEY": files.path(files.CERTIFICATE_KEY),
            "GF_SERVER_ROOT_URL": f"https://localhost:{published}/",
            "GF_SECURITY_ADMIN_USER": "admin",
            "GF_SECURITY_ADMIN_PASSWORD__FILE": files.path(files.GRAFANA_PASSWORD),
            "GF_SECURITY_COOKIE_SECURE": "true",
            "GF_SECURITY_DISABLE_GRAVATAR": "true",
            "GF_METRICS_BASIC_AUTH_USERNAME": files.METRICS_USER,
            "GF_METRICS_BASIC_AUTH_PASSWORD__FILE": files.path(files.METRICS_PASSWORD),
            "GF_USERS_ALLOW_SIGN_UP": "false",
            "GF_AUTH_ANONYMOUS_ENABLED": "false",
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
            # It would fetch plugins from outside at every start.
            "GF_PLUGINS_PREINSTALL_DISABLED": "true",
            "GF_LOG_CONSOLE_FORMAT": "json",
        },
        files={
            f"{_PROVISIONING}/datasources/datasources.yaml": as_yaml(sources.data_sources(description)),
            f"{_PROVISIONING}/dashboards/dashboards.yaml": as_yaml(sources.dashboard_provider()),
            **{
                f"{sources.DASHBOARDS_FOLDER}/{name}": json.dumps(board, indent=1)
                for name, board in dashboards.dashboards(description).items()
            },
        },
        secrets=(
            files.GRAFANA_PASSWORD,
            files.METRICS_PASSWORD,
            *((GRAFANA_READER.password,) if Part.LOGS in description.parts else ()),
        ),
        certificate=files.FOLDER,
        port=PORT,
        published=published,
        networks=(INSIDE, OUTSIDE),
        health=fetched(f"localhost:{PORT}/api/health"),
        depends_on={producers.PROMETHEUS: STARTED},
        writable=("/var/lib/grafana", "/tmp"),
        user="472:0",
    )
