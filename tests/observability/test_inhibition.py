"""Which alerts silence others, asked of a live Alertmanager: what follows from a cause, and nothing else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from observability.alerts import ALERTS
from observability.prometheus.routing import INHIBITIONS, routing
from tests.observability.engines.alertmanager import Alertmanager, started
from tests.observability.engines.process import until

Labels = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A cause, what follows from it and is not told, and what fires beside it and is."""

    cause: Labels
    follows: Sequence[Labels]
    beside: Sequence[Labels]


def _alert(alert: str, /, **labels: str) -> Labels:
    return {"alertname": alert, "stack": "dev", **labels}


def _probe_down(service: str) -> Labels:
    return _alert("ProbeDown", service=service, instance=f"https://{service}:9200/")


COUNTS_FAIL = _alert("CountQueryFails", query="logs_documents", job="log-counts")
SILENT = _alert("StreamSilent", service="backend", stream="logs-backend-dev")
EXPORTER_DOWN = _alert("TargetDown", job="elasticsearch-exporter", instance="elasticsearch-exporter:9114")
BACKEND_DOWN = _alert("TargetDown", job="service-backend", instance="10.0.0.2:8000", service="backend")
NODE_DOWN = _alert("TargetDown", job="node", instance="node:9100")

CASES: Mapping[str, Case] = {
    "a service that does not answer": Case(
        cause=_probe_down("backend"),
        follows=(
            _alert("ServerErrors", service="backend"),
            _alert("SlowRequests", service="backend"),
            _alert("ErrorLogs", service="backend"),
        ),
        beside=(
            _alert("ServerErrors", service="frontend"),
            _alert("ErrorLogs", service="frontend"),
            _alert("ContainerMemoryHigh", service="backend"),
            SILENT,
            NODE_DOWN,
        ),
    ),
    "a database that does not answer": Case(
        cause=_probe_down("database"),
        follows=(_alert("PostgresConnectionsHigh", service="database"),),
        beside=(_alert("PostgresConnectionsHigh", service="other"), _alert("PostgresDown", service="database")),
    ),
    "the only node of Elasticsearch does not answer": Case(
        cause=_probe_down("elasticsearch"),
        follows=(COUNTS_FAIL, SILENT, EXPORTER_DOWN),
        beside=(BACKEND_DOWN, NODE_DOWN, _alert("ServerErrors", service="backend")),
    ),
    "one node of three does not answer": Case(
        cause=_probe_down("elasticsearch-2"),
        # It shows that the cause is known by now.
        follows=(_alert("ErrorLogs", service="elasticsearch-2"),),
        beside=(COUNTS_FAIL, SILENT, EXPORTER_DOWN, BACKEND_DOWN, NODE_DOWN),
    ),
    "Elasticsearch lacks shards": Case(
        cause=_alert("ElasticsearchRed", color="red", cluster="logs"),
        follows=(COUNTS_FAIL, SILENT),
        beside=(EXPORTER_DOWN, BACKEND_DOWN, NODE_DOWN, _alert("FailureStoreNotEmpty", service="backend")),
    ),
    "a certificate that ends now": Case(
        cause=_alert("CertificateExpiresNow", service="kibana", instance="https://kibana:5601/api/status"),
        follows=(_alert("CertificateExpiresSoon", service="kibana", instance="https://kibana:5601/api/status"),),
        beside=(_alert("CertificateExpiresSoon", service="grafana", instance="https://grafana:3000/api/health"),),
    ),
    "a heap that is full": Case(
        cause=_alert("ElasticsearchHeapFull", name="one", area="heap"),
        follows=(_alert("ElasticsearchHeapHigh", name="one", area="heap"),),
        beside=(_alert("ElasticsearchHeapHigh", name="two", area="heap"), _alert("ElasticsearchDiskLow", name="one")),
    ),
    "a disk that is full": Case(
        cause=_alert("ElasticsearchDiskFull", name="one"),
        follows=(_alert("ElasticsearchDiskLow", name="one"),),
        beside=(_alert("ElasticsearchDiskLow", name="two"), _alert("ElasticsearchHeapHigh", name="one", area="heap")),
    ),
}


def _silenced(alertmanager: Alertmanager) -> list[Labels]:
    return [alert["labels"] for alert in alertmanager.alerts() if alert["status"]["inhibitedBy"]]


@pytest.mark.parametrize("name", CASES)
def test_a_cause_silences_what_follows_from_it_and_nothing_else(
    metrics_programs: Path, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    sent = [case.cause, *case.follows, *case.beside]
    with started(metrics_programs, tmp_path, routing(())) as alertmanager:
        alertmanager.tell(sent)
        until("every alert", lambda: len(alertmanager.alerts()) == len(sent), log=alertmanager.log)
        until("the first silence", lambda: bool(_silenced(alertmanager)), log=alertmanager.log)

        silenced = _silenced(alertmanager)

    assert sorted(silenced, key=str) == sorted(map(dict, case.follows), key=str)


def test_inhibitions_speak_of_alerts_that_there_are() -> None:
    matchers = [one for rule in INHIBITIONS for key in ("source_matchers", "target_matchers") for one in rule[key]]
    named = {
        name for one in matchers if one.startswith("alertname") for name in re.findall(r"\w+", one.split("=", 1)[1])
    }

    assert named <= {alert.name for alert in ALERTS}
