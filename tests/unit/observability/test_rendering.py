"""What is rendered of the description, where a real engine does not look."""

import json
import re

import pytest

from observability.catalogue import describe
from observability.description import Description, ServiceKind, Target, WatchedService
from observability.elasticsearch.content import content
from observability.elasticsearch.mappings import FIELDS
from observability.elasticsearch.templates import index_template
from observability.fluent_bit import configuration as fluent_bit
from observability.grafana import dashboards as grafana
from observability.grafana import sources
from observability.kibana import saved_objects as kibana
from observability.logstash import pipeline as logstash
from observability.prometheus.rules import rules
from observability.streams import RETENTION

SERVICES = (
    WatchedService(name="my-front", kind=ServiceKind.NGINX, port=8080),
    WatchedService(name="database", kind=ServiceKind.POSTGRES, port=5432),
)


@pytest.fixture(scope="module")
def described() -> Description:
    return describe(SERVICES, "dev")


def test_retention_is_what_the_compliance_table_says() -> None:
    assert {item.name: item.days for item in RETENTION.values()} == {"application": 30, "access": 14, "audit": 365}
    assert {(item.rollover_age_days, item.rollover_size_gb) for item in RETENTION.values()} == {(1, 10)}


def test_a_stream_is_kept_by_the_policy_of_its_class_and_has_a_failure_store(described: Description) -> None:
    access = next(stream for stream in described.streams if stream.name == "logs-my_front.access-dev")

    body = index_template(access)

    assert body["priority"] == 500
    assert body["template"] == {
        "settings": {"index": {"lifecycle": {"name": "logs-access"}}},
        "data_stream_options": {
            "failure_store": {"enabled": True, "lifecycle": {"enabled": True, "data_retention": "30d"}}
        },
    }


def test_only_entry_streams_have_a_pipeline(described: Description) -> None:
    with_pipeline = {stream.dataset: stream.pipeline for stream in described.streams if stream.pipeline}

    assert with_pipeline["my_front"] == "logs-nginx"
    assert with_pipeline["database"] == "logs-postgresql"
    assert not [dataset for dataset in with_pipeline if "." in dataset]


def test_no_password_is_part_of_what_is_rendered(described: Description) -> None:
    rendered = json.dumps(content(described)) + logstash.pipeline(
        described, elasticsearch_url="https://elasticsearch:9200"
    )

    assert set(re.findall(r'"password": "([^"]*)"', rendered)) == {
        "logstash-writer-password",
        "log-counter-password",
        "metrics-monitor-password",
        "grafana-reader-password",
        "operator-password",
        "kibana-system-password",
    }
    assert set(re.findall(r"password => (\S+)", rendered)) == {'"${SHIPPER_PASSWORD}"', '"${WRITER_PASSWORD}"'}


def test_the_writer_writes_to_the_streams_of_this_stack_and_does_nothing_else(described: Description) -> None:
    roles = content(described)["roles"]

    writer = roles["logs_writer"]

    assert writer["cluster"] == ["monitor"]
    assert [index["privileges"] for index in writer["indices"]] == [["create_doc", "auto_configure"]]
    assert set(writer["indices"][0]["names"]) == {stream.name for stream in described.streams}


def test_those_who_read_logs_do_not_read_audits(described: Description) -> None:
    roles = content(described)["roles"]

    assert not [name for name in roles["logs_reader"]["indices"][0]["names"] if ".audit-" in name]
    assert all(".audit-" in name for name in roles["logs_auditor"]["indices"][0]["names"])


def test_logstash_takes_the_datasets_that_lines_arrive_with_and_sends_others_to_unclassified(
    described: Description,
) -> None:
    text = logstash.pipeline(described, elasticsearch_url="https://elasticsearch:9200")

    listed = json.loads(re.findall(r"not in (\[.*?\])", text)[0])

    assert {"my_front", "database", "unclassified"} <= set(listed)
    assert "my_front.access" not in listed
    assert 'replace => { "[data_stream][dataset]" => "unclassified" }' in text


def test_fluent_bit_buffers_on_disk_and_never_gives_up(described: Description) -> None:
    text = fluent_bit.configuration(described, logstash="logstash", port=8080, ca_file="/ca.pem")

    assert re.search(r"Retry_Limit\s+False", text)
    assert text.count("filesystem") == 2
    assert re.search(r"tls.verify\s+On", text)
    assert 'namespace = "dev"' in fluent_bit.script(described)


def test_panels_of_a_dashboard_lie_beside_each_other_and_never_on_each_other(described: Description) -> None:
    for board in grafana.dashboards(described).values():
        panels = board["panels"]
        places = [panel["gridPos"] for panel in panels]
        cells = [
            (x, y)
            for place in places
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        assert len(cells) == len(set(cells))
        assert max(x for x, _ in cells) < 24


def test_grafana_shows_nothing_of_programs_that_do_not_run_on_the_target() -> None:
    on_aws = describe(SERVICES, "prod", Target.AWS)

    assert "container_" not in json.dumps(grafana.dashboards(on_aws))
    assert "container_" in json.dumps(grafana.dashboards(describe(SERVICES, "dev")))


def test_grafana_reads_its_password_from_a_file(described: Description) -> None:
    assert "$__file{/run/secrets/grafana-reader-password}" in json.dumps(sources.data_sources(described))


def test_every_reference_of_a_saved_object_leads_to_one_that_comes_before(described: Description) -> None:
    known: set[tuple[str, str]] = set()
    for line in kibana.ndjson(described).splitlines():
        item = json.loads(line)
        assert {(one["type"], one["id"]) for one in item["references"]} <= known
        assert (item["type"], item["id"]) not in known
        known.add((item["type"], item["id"]))
    assert {name for kind, name in known if kind == "dashboard"} == {
        f"observability-{board.slug}" for board in described.log_dashboards
    }


@pytest.mark.parametrize(
    "title", ["Slowest requests, duration in ns", "Slowest statements that were logged, duration in ns"]
)
def test_what_took_long_is_listed_with_its_duration_the_longest_first(described: Description, title: str) -> None:
    (search,) = [
        item["attributes"]
        for item in kibana.saved_objects(described)
        if item["type"] == "search" and item["attributes"]["title"] == title
    ]

    assert search["sort"] == [["event.duration", "desc"]]
    assert search["columns"][0] == "event.duration"


def test_lists_of_lines_begin_with_the_newest(described: Description) -> None:
    sorts = [item["attributes"]["sort"] for item in kibana.saved_objects(described) if item["type"] == "search"]

    assert sorts.count([["@timestamp", "desc"]]) == len(sorts) - 2


def test_dashboards_show_fields_that_are_mapped(described: Description) -> None:
    for board in described.log_dashboards:
        for panel in board.panels:
            for field in (*panel.columns, panel.first_by, *([panel.field] if panel.field else [])):
                assert field in FIELDS, f"{board.slug}: {panel.title}: {field}"


@pytest.mark.parametrize("base", ["https://git.example.com/docs/runbooks", "https://git.example.com/docs/runbooks/"])
def test_an_alert_links_to_its_runbook_or_names_it(described: Description, base: str) -> None:
    def annotations(url: str | None) -> dict[str, str]:
        rule = rules(described, url)["groups"][0]["rules"][0]
        assert rule["alert"] == "ProbeDown"
        return {name: value for name, value in rule["annotations"].items() if name.startswith("runbook")}

    assert annotations(base) == {"runbook_url": "https://git.example.com/docs/runbooks/probe-down.md"}
    assert annotations(None) == {"runbook": "docs/runbooks/probe-down.md"}
