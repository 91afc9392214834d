"""Prometheus, Alertmanager and the blackbox exporter."""

from collections.abc import Iterable, Mapping
from typing import Final

from observability import files, producers
from observability.description import Description
from observability.engine import INSIDE, OUTSIDE, STARTED, Engine, refused
from observability.images import IMAGES
from observability.json_types import as_yaml
from observability.prometheus import blackbox, scraping
from observability.prometheus.routing import Receiver, routing
from observability.prometheus.rules import rules
from observability.settings import ObservabilitySettings, Page

_ALERTMANAGER_FILE: Final = "/etc/alertmanager/alertmanager.yml"
_BLACKBOX_FILE: Final = "/etc/blackbox/blackbox.yml"
NOBODY: Final = "65534:65534"
"""The user of Prometheus' images."""

SECURED: Final = f"--web.config.file={files.path(files.WEB_CONFIG)}"
"""A program that speaks TLS, and to who knows the password."""


def engines(
    description: Description,
    settings: ObservabilitySettings,
    receivers: Iterable[Receiver],
    receiver_secrets: tuple[str, ...],
    watched_networks: tuple[str, ...],
) -> Mapping[str, Engine]:
    """The three, by their services' names; `watched_networks` are those of the services that are asked."""
    prometheus, alertmanager = settings.port(Page.PROMETHEUS), settings.port(Page.ALERTMANAGER)
    return {
        producers.ALERTMANAGER: Engine(
            image=IMAGES[producers.ALERTMANAGER].reference,
            memory_mib=128,
            command=(
                f"--config.file={_ALERTMANAGER_FILE}",
                "--storage.path=/alertmanager",
                f"--web.external-url=https://localhost:{alertmanager}/",
                "--cluster.listen-address=",
                "--log.format=json",
                SECURED,
            ),
            files={_ALERTMANAGER_FILE: as_yaml(routing(receivers))},
            secrets=(files.WEB_CONFIG, *receiver_secrets),
            certificate=files.FOLDER,
            port=9093,
            published=alertmanager,
            networks=(INSIDE, OUTSIDE),
            health=refused("localhost:9093/-/healthy"),
            volumes={"alertmanager-data": "/alertmanager"},
            user=NOBODY,
        ),
        producers.BLACKBOX: Engine(
            image=IMAGES[producers.BLACKBOX].reference,
            memory_mib=64,
            # A line for each step of each probe would be most of what the stack writes.
            command=(f"--config.file={_BLACKBOX_FILE}", "--log.format=json", "--log.prober=warn", SECURED),
            files={_BLACKBOX_FILE: as_yaml(blackbox.modules())},
            secrets=(files.WEB_CONFIG,),
            certificate=files.FOLDER,
            port=9115,
            networks=(INSIDE, *watched_networks),
            health=refused("localhost:9115/-/healthy"),
            user=NOBODY,
        ),
        producers.PROMETHEUS: Engine(
            image=IMAGES[producers.PROMETHEUS].reference,
            memory_mib=512,
            command=(
                f"--config.file={scraping.CONFIGURATION_FILE}",
                "--storage.tsdb.path=/prometheus",
                f"--storage.tsdb.retention.time={settings.metrics_retention_days}d",
                f"--web.external-url=https://localhost:{prometheus}/",
                "--log.format=json",
                SECURED,
            ),
            files={
                scraping.CONFIGURATION_FILE: as_yaml(scraping.configuration(description)),
                scraping.RULES_FILE: as_yaml(rules(description, settings.runbooks_url)),
            },
            secrets=(files.WEB_CONFIG, files.METRICS_PASSWORD),
            certificate=files.FOLDER,
            port=9090,
            published=prometheus,
            networks=(INSIDE, OUTSIDE, *watched_networks),
            health=refused("localhost:9090/-/healthy"),
            depends_on={producers.ALERTMANAGER: STARTED, producers.BLACKBOX: STARTED},
            volumes={"prometheus-data": "/prometheus"},
            user=NOBODY,
        ),
    }
