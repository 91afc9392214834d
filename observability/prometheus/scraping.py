"""Prometheus' own configuration: what is scraped, which rules hold, where alerts go."""

from collections.abc import Mapping
from typing import Final

from observability import producers
from observability.description import Description, Probe, Producer
from observability.files import IN_CONTAINER, METRICS_USER, Files
from observability.json_types import Json, Value
from observability.parts import exporter_name

RULES_FILE: Final = "/etc/prometheus/rules.yml"
CONFIGURATION_FILE: Final = "/etc/prometheus/prometheus.yml"
SCRAPE_INTERVAL_SECONDS: Final = 15
_UNVERIFIED: Final[Mapping[str, Value]] = {"scheme": "https", "tls_config": {"insecure_skip_verify": True}}
"""An application's own certificate, whose authority nobody here knows; no password is sent."""


def configuration(description: Description, files: Files = IN_CONTAINER) -> Json:
    """`prometheus.yml`. Every sample of a service carries its name in the label `service`."""
    return {
        "global": {
            "scrape_interval": f"{SCRAPE_INTERVAL_SECONDS}s",
            "evaluation_interval": f"{SCRAPE_INTERVAL_SECONDS}s",
            "external_labels": {"stack": description.namespace},
        },
        "rule_files": [RULES_FILE],
        "alerting": {
            "alertmanagers": [
                {
                    **_secured(files),
                    "static_configs": [{"targets": [_address(description.producers[producers.ALERTMANAGER])]}],
                }
            ]
        },
        "scrape_configs": [
            *(
                _job(producer, files)
                for producer in description.producers.values()
                if producer.name not in {producers.BLACKBOX, producers.POSTGRES, producers.CADVISOR, producers.SERVICES}
            ),
            *([_cadvisor(description, files)] if producers.CADVISOR in description.producers else []),
            *_databases(description, files),
            *_services(description, files),
            *_probe_jobs(description, files),
        ],
    }


def _secured(files: Files) -> Mapping[str, Value]:
    return {
        "scheme": "https",
        "tls_config": {"ca_file": files.authority},
        "basic_auth": {"username": METRICS_USER, "password_file": files.metrics_password},
    }


def _address(producer: Producer, name: str | None = None) -> str:
    return f"{name or producer.name}:{producer.port}"


def _job(producer: Producer, files: Files) -> Json:
    job: dict[str, Value] = {
        "job_name": producer.name,
        **(_secured(files) if producer.secured else {}),
        "static_configs": [{"targets": [_address(producer)]}],
    }
    if producer.path != "/metrics":
        job["metrics_path"] = producer.path
    if producer.name == producers.COUNTS:
        # Its samples are of other services: their labels win over the job's.
        job["honor_labels"] = True
    return job


def _cadvisor(description: Description, files: Files) -> Json:
    """cAdvisor tells a container's labels; the service's is what everything else calls it."""
    return {
        **_job(description.producers[producers.CADVISOR], files),
        "metric_relabel_configs": [
            {"source_labels": ["container_label_infra_service"], "target_label": "service"},
            {"source_labels": ["service"], "regex": "", "action": "drop"},
            {"regex": "container_label_.*", "action": "labeldrop"},
        ],
    }


def _databases(description: Description, files: Files) -> list[Json]:
    """One exporter a PostgreSQL service, named after it."""
    exporter = description.producers[producers.POSTGRES]
    targets = [
        {
            "targets": [_address(exporter, exporter_name(service.name))],
            "labels": {"service": service.name},
        }
        for service in description.services
        if service.login is not None
    ]
    return [{"job_name": exporter.name, **_secured(files), "static_configs": targets}] if targets else []


def _services(description: Description, files: Files) -> list[Json]:
    """Services that have metrics of their own, each container found by its name in DNS."""
    return [
        {
            "job_name": f"service-{service.name}",
            **(_UNVERIFIED if service.probe.scheme == "https" else {}),
            "metrics_path": service.metrics_path,
            "dns_sd_configs": [{"names": [service.name], "type": "A", "port": service.port}],
            "relabel_configs": [{"target_label": "service", "replacement": service.name}],
        }
        for service in description.services
        if service.metrics_path is not None
    ]


def _probe_jobs(description: Description, files: Files) -> list[Json]:
    """One job a kind of probe: the blackbox exporter is asked to ask the target."""
    blackbox = description.producers[producers.BLACKBOX]
    kinds = sorted({probe.kind for probe in description.probes})
    return [
        {
            "job_name": f"probe-{kind}",
            "metrics_path": blackbox.path,
            **_secured(files),
            "params": {"module": [str(kind)]},
            "static_configs": [_probed(probe) for probe in description.probes if probe.kind is kind],
            "relabel_configs": [
                {"source_labels": ["__address__"], "target_label": "__param_target"},
                {"source_labels": ["__param_target"], "target_label": "instance"},
                {"target_label": "__address__", "replacement": _address(blackbox)},
            ],
        }
        for kind in kinds
    ]


def _probed(probe: Probe) -> Json:
    return {"targets": [probe.target], "labels": {"service": probe.service}}
