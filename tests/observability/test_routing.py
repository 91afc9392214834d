"""Who is told of what, and how often: Alertmanager's own tool on the routing, and a live one."""

import re
import statistics
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from observability.description import Severity
from observability.prometheus.routing import INHIBITIONS, Email, Receiver, Slack, Webhook, routing
from tests.observability.engines.alertmanager import started
from tests.observability.engines.process import until
from tests.observability.told import listening

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


def test_alertmanager_takes_a_webhook_s_address_from_a_file(metrics_programs: Path, tmp_path: Path) -> None:
    version = re.findall(r"version (\d+)\.(\d+)", _amtool(metrics_programs, "--version"))[0]
    if tuple(map(int, version)) < (0, 26):
        pytest.skip(f"amtool {'.'.join(version)} here does not know url_file, which came with 0.26")
    path = tmp_path / "alertmanager.yml"
    chat = Webhook(name="chat", severities=frozenset({Severity.CRITICAL}), url_file="/run/secrets/chat")
    path.write_text(yaml.safe_dump(routing([chat])))

    assert "2 receivers" in _amtool(metrics_programs, "check-config", str(path))


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


TOLD_EVERY = {
    Severity.CRITICAL: timedelta(hours=1),
    Severity.WARNING: timedelta(hours=4),
    Severity.HEARTBEAT: timedelta(minutes=1),
}
INTERVALS = ("group_wait", "group_interval", "repeat_interval")


def _seconds(text: str) -> int:
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


def _routes() -> list[Mapping[str, Any]]:
    """Every route with the intervals that it takes from the one above."""
    above = routing(RECEIVERS)["route"]
    return [{**above, **route} for route in above["routes"]]


@pytest.mark.parametrize("route", _routes(), ids=lambda route: f"{route['receiver']} {route['matchers'][0]}")
def test_an_alert_that_goes_on_is_told_again_at_the_look_that_is_promised(route: Mapping[str, Any]) -> None:
    severity = re.findall(r'severity="(\w+)"', route["matchers"][0])[0]
    look, repeat = _seconds(route["group_interval"]), _seconds(route["repeat_interval"])

    # The first look at which more than the interval has passed.
    told_again = (repeat // look + 1) * look

    assert timedelta(seconds=told_again) == TOLD_EVERY[severity]
    assert look - repeat % look >= 10, "a look that comes seconds early is too early"


def test_the_heartbeat_comes_at_every_look(metrics_programs: Path, tmp_path: Path) -> None:
    """With intervals of seconds in place of minutes: a look every three seconds."""
    with listening() as told:
        heart = Webhook(name="heart", severities=frozenset({Severity.HEARTBEAT}), url=told.url)
        settings: dict[str, Any] = dict(routing([heart]))
        settings["route"] = {**settings["route"], "routes": [_in_seconds(settings["route"]["routes"][0])]}
        with started(metrics_programs, tmp_path, settings) as alertmanager:
            alertmanager.tell([{"alertname": "DeadMan", "severity": "heartbeat"}])
            until("five heartbeats", lambda: len(told.times) >= 5, log=alertmanager.log)
    gaps = [after - before for before, after in zip(told.times, told.times[1:], strict=False)]
    # Every second look would be six seconds.
    assert 2 < statistics.median(gaps) < 4.5, gaps


def _in_seconds(route: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**route, **{key: f"{_seconds(route[key]) * 1000 // 20}ms" for key in INTERVALS}}


@pytest.mark.parametrize(
    ("annotations", "text"),
    [
        (
            {"description": "It failed.", "runbook_url": "https://git.example.com/docs/runbooks/probe-down.md"},
            "It failed. (<https://git.example.com/docs/runbooks/probe-down.md|runbook>)",
        ),
        (
            {"description": "It failed.", "runbook": "docs/runbooks/probe-down.md"},
            "It failed. (docs/runbooks/probe-down.md)",
        ),
    ],
)
def test_slack_gets_a_link_to_the_runbook_where_its_address_is_known(
    metrics_programs: Path, tmp_path: Path, annotations: Mapping[str, str], text: str
) -> None:
    with listening() as told:
        (tmp_path / "url").write_text(told.url)
        team = Slack(
            name="team",
            severities=frozenset({Severity.CRITICAL}),
            channel="#alerts",
            url_file=str(tmp_path / "url"),
        )
        settings: dict[str, Any] = dict(routing([team]))
        settings["route"] = {**settings["route"], "routes": [{**settings["route"]["routes"][0], "group_wait": "0s"}]}
        with started(metrics_programs, tmp_path, settings) as alertmanager:
            alertmanager.tell([{"alertname": "ProbeDown", "severity": "critical"}], annotations)
            until("Slack", lambda: bool(told.bodies), log=alertmanager.log)

    assert told.bodies[0]["attachments"][0]["text"].strip() == text
