"""Requests through promtool: what is recorded of them, and the alerts over what a service measures itself.

The series are those of the backend's own metrics, as it shows them to Prometheus.
"""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.metrics import Metrics
from observability import objectives
from observability.alerts.measured import MEASURED
from observability.catalogue import describe
from observability.description import Description, Part
from observability.measured import HISTOGRAM
from observability.prometheus.rules import rules
from tests.observability.conftest import SERVICES

MINUTES = 24 * 60
COUNTED = {"logs_requests": 100, "logs_failed_requests": 1, "logs_slow_requests": 4}
Request = tuple[str, int, float]
"""Route, status, seconds."""
FAST: Request = ("/api/tasks", 200, 0.01)
SLOW: Request = ("/api/tasks", 200, 2.0)
FAILED: Request = ("/api/tasks", 500, 0.01)
UNHEALTHY: Request = ("/healthz", 503, 4.0)
HEALTHY: Request = ("/healthz", 200, 0.001)


@pytest.fixture(scope="module")
def alone() -> Description:
    """A stack that has metrics, and keeps no lines."""
    return describe(SERVICES, "dev", parts=frozenset({Part.METRICS}))


def _measured(requests: Mapping[Request, int], *, each_minutes: int = 1) -> Mapping[str, str]:
    """The backend's series while it is asked this, evenly, in each minute or in each so many."""
    metrics = Metrics()
    for (route, status, seconds), count in requests.items():
        for _ in range(count):
            metrics.observe("GET", route, status, seconds)
    series: dict[str, str] = {}
    for line in metrics.text().decode().splitlines():
        if line.startswith((f"{HISTOGRAM}_bucket{{", f"{HISTOGRAM}_count{{")):
            name, value = line.rsplit(" ", 1)
            series[name.replace("{", '{service="backend",', 1)] = f"0+{float(value) / each_minutes:g}x{MINUTES}"
    return series


def _counted() -> Mapping[str, str]:
    """The count exporter's series; it counts at every scrape what the last five minutes had."""
    return {f'{metric}{{service="backend",stream="s"}}': f"{count}x{MINUTES}" for metric, count in COUNTED.items()}


def _hold(
    description: Description,
    programs: Path,
    folder: Path,
    cases: Iterable[tuple[Mapping[str, str], list[dict[str, Any]]]],
) -> None:
    """Every case is series, and what is to be found in them."""
    (folder / "rules.yml").write_text(yaml.safe_dump(rules(description)))
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": expected,
        }
        for series, expected in cases
    ]
    body = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests}
    (folder / "test.yml").write_text(yaml.safe_dump(body))
    command = [str(programs / "promtool"), "test", "rules", "test.yml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _value(name: str, value: float) -> dict[str, Any]:
    """A day later, rounded: Prometheus divides sums of floats."""
    samples = [{"labels": '{service="backend"}', "value": value}]
    return {"expr": f"round({name}, 0.0001)", "eval_time": f"{MINUTES}m", "exp_samples": samples}


def _firing(name: str, at: int, severity: str | None) -> dict[str, Any]:
    labels = f'ALERTS{{alertname="{name}",alertstate="firing",service="backend",severity="{severity}"}}'
    samples = [{"labels": labels, "value": 1}] if severity else []
    return {
        "expr": f'ALERTS{{alertname="{name}",alertstate="firing"}}',
        "eval_time": f"{at}m",
        "exp_samples": samples,
    }


def test_objectives_are_told_from_the_counted_lines(
    description: Description, metrics_programs: Path, tmp_path: Path
) -> None:
    expected = [_value(objectives.AVAILABLE_SHARE, 0.99), _value(objectives.FAST_SHARE, 0.96)]

    _hold(description, metrics_programs, tmp_path, [(_counted(), expected)])


def test_objectives_are_told_from_what_the_service_measures(
    alone: Description, metrics_programs: Path, tmp_path: Path
) -> None:
    asked = _measured({FAST: 95, FAILED: 1, SLOW: 4, UNHEALTHY: 50})
    expected = [_value(objectives.AVAILABLE_SHARE, 0.99), _value(objectives.FAST_SHARE, 0.96)]
    without_failures = [_value(objectives.AVAILABLE_SHARE, 1), _value(objectives.FAST_SHARE, 1)]

    _hold(alone, metrics_programs, tmp_path, [(asked, expected), (_measured({FAST: 10}), without_failures)])


FIRES: Mapping[str, Mapping[Request, int]] = {
    "ServerErrors": {FAST: 94, FAILED: 6, HEALTHY: 1000},
    "SlowRequests": {FAST: 94, SLOW: 6, HEALTHY: 1000},
}
SILENT: Mapping[str, Mapping[Request, int]] = {
    "ServerErrors": {FAST: 96, FAILED: 4, UNHEALTHY: 50},
    "SlowRequests": {FAST: 96, SLOW: 4, UNHEALTHY: 50},
}
_FIRST_RATE_MINUTE = 1


@pytest.mark.parametrize("alert", MEASURED, ids=lambda alert: alert.name)
def test_an_alert_over_what_the_service_measures_fires_when_it_should_and_only_then(
    alone: Description, metrics_programs: Path, tmp_path: Path, alert: Any
) -> None:
    due = _FIRST_RATE_MINUTE + int(alert.lasting.total_seconds() // 60)
    fires = [_firing(alert.name, due - 1, None), _firing(alert.name, due, alert.severity)]
    silent = [_firing(alert.name, minute, None) for minute in (0, 30, 60, 120)]

    cases = [(_measured(FIRES[alert.name]), fires), (_measured(SILENT[alert.name]), silent)]

    _hold(alone, metrics_programs, tmp_path, cases)


def test_few_failures_of_what_the_service_measures_wake_nobody(
    alone: Description, metrics_programs: Path, tmp_path: Path
) -> None:
    night = _measured({FAST: 16, FAILED: 4}, each_minutes=5)
    failing = _measured({FAST: 14, FAILED: 6}, each_minutes=5)

    cases = [(night, [_firing("ServerErrors", 120, None)]), (failing, [_firing("ServerErrors", 120, "critical")])]

    _hold(alone, metrics_programs, tmp_path, cases)


def test_lines_are_counted_where_the_stack_has_them_and_nothing_is_alerted_on_twice(description: Description) -> None:
    producers = {alert.name: alert.producers for alert in description.alerts}

    assert {producers[alert.name] for alert in MEASURED} == {("log-counts",)}
