"""Grafana's provisioning files: it keeps nothing of its own."""

from typing import Final

from observability import files
from observability.description import Description, Part
from observability.elasticsearch.roles import GRAFANA_READER
from observability.json_types import Json

PROMETHEUS_UID: Final = "prometheus"
ELASTICSEARCH_UID: Final = "elasticsearch"
DASHBOARDS_FOLDER: Final = "/etc/grafana/dashboards"


def data_sources(description: Description) -> Json:
    """`provisioning/datasources/datasources.yaml`; `$__file{}` reads a secret from a file."""
    return {
        "apiVersion": 1,
        "prune": True,
        "datasources": [_prometheus(), *([_elasticsearch(description)] if Part.LOGS in description.parts else [])],
    }


def _prometheus() -> Json:
    return {
        "name": "Prometheus",
        "uid": PROMETHEUS_UID,
        "type": "prometheus",
        "access": "proxy",
        "url": "https://prometheus:9090",
        "isDefault": True,
        "editable": False,
        "basicAuth": True,
        "basicAuthUser": files.METRICS_USER,
        "jsonData": {"httpMethod": "POST", "timeInterval": "15s", "tlsAuthWithCACert": True},
        "secureJsonData": {
            "basicAuthPassword": _content(files.METRICS_PASSWORD),
            "tlsCACert": _content(files.AUTHORITY),
        },
    }


def _elasticsearch(description: Description) -> Json:
    return {
        "name": "Elasticsearch",
        "uid": ELASTICSEARCH_UID,
        "type": "elasticsearch",
        "access": "proxy",
        "url": "https://elasticsearch:9200",
        "editable": False,
        "basicAuth": True,
        "basicAuthUser": GRAFANA_READER.name,
        "jsonData": {
            "index": f"logs-*-{description.namespace}",
            "timeField": "@timestamp",
            "logMessageField": "message",
            "logLevelField": "log.level",
            "tlsAuthWithCACert": True,
        },
        "secureJsonData": {
            "basicAuthPassword": _content(GRAFANA_READER.password),
            "tlsCACert": _content(files.AUTHORITY),
        },
    }


def _content(secret: str) -> str:
    return f"$__file{{{files.path(secret)}}}"


def dashboard_provider() -> Json:
    """`provisioning/dashboards/dashboards.yaml`."""
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
