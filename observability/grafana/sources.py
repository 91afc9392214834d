"""Grafana's provisioning files: it keeps nothing of its own."""

from typing import Final

from observability.description import Description
from observability.json_types import Json

PROMETHEUS_UID: Final = "prometheus"
ELASTICSEARCH_UID: Final = "elasticsearch"
DASHBOARDS_FOLDER: Final = "/etc/grafana/dashboards"


def data_sources(description: Description) -> Json:
    """`provisioning/datasources/observability.yaml`; `$__file{}` reads a secret from a file."""
    return {
        "apiVersion": 1,
        "prune": True,
        "datasources": [
            {
                "name": "Prometheus",
                "uid": PROMETHEUS_UID,
                "type": "prometheus",
                "access": "proxy",
                "url": "http://prometheus:9090",
                "isDefault": True,
                "editable": False,
                "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
            },
            {
                "name": "Elasticsearch",
                "uid": ELASTICSEARCH_UID,
                "type": "elasticsearch",
                "access": "proxy",
                "url": "https://elasticsearch:9200",
                "editable": False,
                "basicAuth": True,
                "basicAuthUser": "grafana_reader",
                "jsonData": {
                    "index": f"logs-*-{description.namespace}",
                    "timeField": "@timestamp",
                    "logMessageField": "message",
                    "logLevelField": "log.level",
                    "tlsAuthWithCACert": True,
                },
                "secureJsonData": {
                    "basicAuthPassword": "$__file{/run/secrets/grafana-reader-password}",
                    "tlsCACert": "$__file{/run/secrets/observability-ca}",
                },
            },
        ],
    }


def dashboard_provider() -> Json:
    """`provisioning/dashboards/observability.yaml`."""
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": "observability",
                "type": "file",
                "folder": "Observability",
                "allowUiUpdates": False,
                "disableDeletion": True,
                "options": {"path": DASHBOARDS_FOLDER},
            }
        ],
    }
