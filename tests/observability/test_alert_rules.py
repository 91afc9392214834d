"""Every alert through promtool: it fires when it should, after as long as it should, and is silent otherwise."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from observability.alerts import ALERTS
from observability.catalogue import describe
from observability.description import Description, Target
from observability.prometheus.rules import rules
from observability.prometheus.scraping import configuration
from tests.observability.alert_cases import CASES, Labels, Series
from tests.observability.conftest import SERVICES


def _promtool(programs: Path, folder: Path, *words: str) -> str:
    done = subprocess.run(
        [str(programs / "promtool"), *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _firing(name: str, own: Labels, severity: str) -> str:
    labels = {"alertname": name, "alertstate": "firing", "severity": severity, **own}
    inside = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    return f"ALERTS{{{inside}}}"


def _group(name: str, series: Series, checks: Mapping[str, list[str]]) -> dict[str, Any]:
    return {
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'ALERTS{{alertname="{name}",alertstate="firing"}}',
                "eval_time": at,
                "exp_samples": [{"labels": labels, "value": 1} for labels in expected],
            }
            for at, expected in checks.items()
        ],
    }


def _groups() -> Iterator[dict[str, Any]]:
    """For each alert: not yet firing just before its time, firing at it and on; and never firing on healthy series."""
    for alert in ALERTS:
        case = CASES[alert.name]
        lasting = int(alert.lasting.total_seconds() // 60)
        due = case.after_minutes + lasting
        fires = [_firing(alert.name, labels, alert.severity) for labels in (case.labels, *case.also)]
        checks = {f"{minute}m": fires for minute in (due, *case.still_minutes)}
        checks |= {f"{minute}m": list[str]() for minute in case.over_minutes}
        if due > 0 and case.fires:
            checks[f"{due - 1}m"] = []
        yield _group(alert.name, case.fires, checks)
        if case.silent:
            yield _group(alert.name, case.silent, {f"{minute}m": [] for minute in (0, 30, 60, 90, 120)})


def test_every_alert_has_series_under_which_it_fires_and_stays_silent() -> None:
    assert set(CASES) == {alert.name for alert in ALERTS}
    assert [name for name, case in CASES.items() if not (case.fires and case.silent)] == ["DeadMan"]


def test_every_alert_fires_when_it_should_and_only_then(
    description: Description, metrics_programs: Path, tmp_path: Path
) -> None:
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(rules(description)))
    test = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": list(_groups())}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(test))

    _promtool(metrics_programs, tmp_path, "test", "rules", "test.yml")


@pytest.mark.parametrize("target", list(Target))
def test_prometheus_takes_the_rules_and_its_configuration(
    target: Target, metrics_programs: Path, tmp_path: Path
) -> None:
    watched = describe(SERVICES, "dev", target)
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(rules(watched)))
    settings = {**configuration(watched), "rule_files": ["rules.yml"]}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(settings))

    told = _promtool(metrics_programs, tmp_path, "check", "config", "--lint=all", "--lint-fatal", "prometheus.yml")

    assert f"{sum(len(group['rules']) for group in rules(watched)['groups'])} rules found" in told
