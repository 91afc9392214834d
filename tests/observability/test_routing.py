"""Who is told of what: Alertmanager's own tool on the routing."""

import subprocess
from pathlib import Path

import pytest
import yaml

from observability.description import Severity
from observability.prometheus.routing import INHIBITIONS, Email, Receiver, Slack, Webhook, routing

RECEIVERS: tuple[Receiver, ...] = (
    Webhook(name="pager", severities=frozenset({Severity.CRITICAL}), url="http://127.0.0.1:9/pager"),
    Slack(
        name="team",
        severities=frozenset({Severity.CRITICAL, Severity.WARNING}),
        channel="#alerts",
        url_file="/run/secrets/slack-url",
    ),
    Email(
        name="mail",
        severities=frozenset({Severity.WARNING}),
        to="ops@example.org",
        sender="alerts@example.org",
        smarthost="smtp.example.org:587",
        user="alerts",
        password_file="/run/secrets/smtp-password",
    ),
    Webhook(
        name="outside",
        severities=frozenset({Severity.HEARTBEAT}),
        url="https://example.org/heartbeat",
        token_file="/run/secrets/heartbeat-token",
    ),
)


def _amtool(programs: Path, *words: str) -> str:
    done = subprocess.run([str(programs / "amtool"), *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    path = tmp_path / "alertmanager.yml"
    path.write_text(yaml.safe_dump(routing(RECEIVERS)))
    return path


def test_alertmanager_takes_every_kind_of_receiver(metrics_programs: Path, configured: Path) -> None:
    told = _amtool(metrics_programs, "check-config", str(configured))

    assert f"{len(RECEIVERS) + 1} receivers" in told
    assert f"{len(INHIBITIONS)} inhibit rules" in told


def test_alertmanager_takes_a_stack_that_tells_nobody(metrics_programs: Path, tmp_path: Path) -> None:
    path = tmp_path / "alertmanager.yml"
    path.write_text(yaml.safe_dump(routing(())))

    _amtool(metrics_programs, "check-config", str(path))
    told = _amtool(metrics_programs, "config", "routes", "test", f"--config.file={path}", "severity=critical")

    assert told.split() == ["nobody"]


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (["severity=critical", "alertname=ProbeDown"], {"pager", "team"}),
        (["severity=warning", "alertname=ErrorLogs", "service=backend"], {"team", "mail"}),
        (["severity=heartbeat", "alertname=DeadMan"], {"outside"}),
        (["severity=unknown"], {"nobody"}),
    ],
)
def test_an_alert_goes_to_those_who_want_its_severity(
    metrics_programs: Path, configured: Path, labels: list[str], told: set[str]
) -> None:
    answer = _amtool(metrics_programs, "config", "routes", "test", f"--config.file={configured}", *labels)

    assert set(answer.strip().split(",")) == told
