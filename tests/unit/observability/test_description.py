"""The description fits together, or says in the reader's words what does not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from observability.catalogue import RUNBOOKS, check, describe
from observability.description import (
    Description,
    DescriptionError,
    Owner,
    ProbeKind,
    ServiceKind,
    Severity,
    Target,
    WatchedService,
)
from observability.elasticsearch.content import content
from observability.prometheus.routing import Webhook, routing
from observability.prometheus.scraping import configuration
from observability.promql import metrics_of

BACKEND = WatchedService(
    name="backend",
    kind=ServiceKind.HTTP,
    port=8000,
    probe=ProbeKind.HTTP,
    health_path="/healthz",
    metrics_path="/metrics",
)
PAGES = frozenset(path.stem for path in RUNBOOKS.glob("*.md"))


@pytest.fixture
def described() -> Description:
    return describe([BACKEND], "dev")


def _refusal(description: Description, runbooks: frozenset[str] = PAGES) -> str:
    with pytest.raises(DescriptionError) as refused:
        check(description, runbooks=runbooks)
    return str(refused.value)


def test_an_unknown_retention_class_is_refused_with_those_that_there_are(described: Description) -> None:
    stream = replace(described.streams[0], retention="forever")

    text = _refusal(replace(described, streams=(stream,)))

    assert "stream logs-backend-dev: 'forever' is no retention class; known: access, application, audit" in text


def test_an_alert_without_a_runbook_page_is_refused(described: Description) -> None:
    text = _refusal(described, PAGES - {"probe-down"})

    assert "alert ProbeDown: docs/runbooks/probe-down.md does not exist; write it" in text


def test_an_alert_over_a_metric_that_nothing_produces_is_refused(described: Description) -> None:
    alert = replace(described.alerts[0], condition="probe_sucess == 0")

    text = _refusal(replace(described, alerts=(alert,)))

    assert "alert ProbeDown: nothing produces the metric probe_sucess; blackbox has: probe_duration_seconds" in text


def test_an_alert_with_an_unknown_producer_is_refused(described: Description) -> None:
    alert = replace(described.alerts[0], producers=("redis",))

    assert "alert ProbeDown: 'redis' is no producer; known: alertmanager" in _refusal(
        replace(described, alerts=(alert,))
    )


def test_an_alert_that_nobody_evaluates_on_a_target_is_refused(described: Description) -> None:
    alert = replace(described.alerts[0], owner={Target.DOCKER: Owner.PROMETHEUS})

    assert "alert ProbeDown: nobody evaluates it on aws" in _refusal(replace(described, alerts=(alert,)))


def test_an_alert_whose_producer_does_not_run_on_the_target_is_refused() -> None:
    described = describe([BACKEND], "prod", Target.AWS)
    container = next(alert for alert in described.alerts if alert.name == "ContainerCpuHigh")
    alert = replace(container, owner=dict.fromkeys(Target, Owner.PROMETHEUS))

    text = _refusal(replace(described, alerts=(alert,)))

    assert "alert ContainerCpuHigh: its producer cadvisor does not run on aws; let cloudwatch own it there" in text


def test_a_panel_over_a_metric_that_nothing_produces_is_refused(described: Description) -> None:
    board = described.metrics_dashboards[0]
    panel = replace(board.panels[0], queries={"x": "sum(requests_total)"})

    text = _refusal(replace(described, metrics_dashboards=(replace(board, panels=(panel,)),)))

    assert "dashboard services, panel 'Requests': nothing produces the metric requests_total" in text


def test_every_problem_has_its_line_in_one_error(described: Description) -> None:
    first, second, *_ = described.alerts
    broken = replace(described, alerts=(replace(first, runbook="a"), replace(second, runbook="b")))

    text = _refusal(broken)

    assert text.startswith("observability has 2 problems:\n")
    assert text.count("\n  - alert ") == 2


def test_services_whose_streams_would_be_one_are_refused() -> None:
    services = [
        WatchedService(name="my-api", kind=ServiceKind.JOB),
        WatchedService(name="my-api", kind=ServiceKind.HTTP, port=80),
    ]

    with pytest.raises(DescriptionError, match="data stream logs-my_api-dev: described more than once"):
        describe(services, "dev")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: WatchedService(name="My_API", kind=ServiceKind.JOB), "service 'My_API': small letters"),
        (lambda: WatchedService(name="api", kind=ServiceKind.HTTP), "service api: a service of kind http needs"),
        (lambda: describe([], "Dev!"), "'Dev!' is no part of a data stream's name"),
        (
            lambda: routing([Webhook(name="a", severities=frozenset(), url="http://x")]),
            "receiver a: severities is empty; name some of critical",
        ),
        (
            lambda: routing([Webhook(name="a", severities=frozenset(Severity), url="http://x")] * 2),
            "receivers: a: named more than once",
        ),
    ],
)
def test_values_that_are_not_allowed_are_refused(make: Callable[[], object], text: str) -> None:
    with pytest.raises(DescriptionError, match=text.replace("(", r"\(")):
        make()


def test_a_new_service_gets_streams_probes_scraping_and_rights_without_a_further_line() -> None:
    before = describe([BACKEND], "dev")
    after = describe([BACKEND, replace(BACKEND, name="payments")], "dev")

    new_streams = {stream.name for stream in after.streams} - {stream.name for stream in before.streams}
    made = content(after)
    jobs = str(configuration(after)["scrape_configs"])

    assert new_streams == {"logs-payments-dev", "logs-payments.access-dev", "logs-payments.audit-dev"}
    assert new_streams <= set(made["index_templates"])
    assert [probe.target for probe in after.probes if probe.service == "payments"] == ["http://payments:8000/healthz"]
    assert "service-payments" in jobs
    assert "http://payments:8000/healthz" in jobs
    for role in ("logs_writer", "logs_reader", "logs_counter"):
        assert "logs-payments.access-dev" in str(made["roles"][role])


def test_every_runbook_belongs_to_an_alert_and_names_it(described: Description) -> None:
    named = {alert.runbook for alert in described.alerts}

    assert named == PAGES
    for alert in described.alerts:
        page = (RUNBOOKS / f"{alert.runbook}.md").read_text()
        assert f"`{alert.name}`" in page
        for heading in ("## What it means", "## What to look at", "## What to do"):
            assert heading in page


def test_the_same_description_renders_the_same_content(described: Description) -> None:
    assert content(described) == content(describe([BACKEND], "dev"))


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        ("up == 0", {"up"}),
        ("vector(1)", set[str]()),
        ("time() - x", {"x"}),
        ('sum by (a, b) (rate(x_total{c="y", d=~"z|w"}[5m])) / on (a) group_left (b) y > 0.5', {"x_total", "y"}),
        ("a unless b or c and ignoring (d) e offset 10m", {"a", "b", "c", "e"}),
        ('label_replace(x, "to", "$1", "from", "(.*)") > bool 1e3', {"x"}),
        ("max_over_time(job:x:rate5m[1h:5m] @ end())", {"job:x:rate5m"}),
    ],
)
def test_the_metrics_of_an_expression_are_told_from_everything_else(expression: str, metrics: set[str]) -> None:
    assert metrics_of(expression) == metrics
