"""The bootstrap against Elasticsearch with TLS and security: twice, with faults at every call, with what was there."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from observability.bootstrap import __main__ as bootstrap
from observability.bootstrap.errors import BootstrapError
from observability.bootstrap.report import Change, Done
from observability.description import Description
from observability.elasticsearch.counts import counts
from observability.elasticsearch.service import BOOTSTRAP
from observability.exporter.counting import measure
from tests.observability.bootstrapping import Content, engine, made, passwords, read
from tests.observability.engines import certificates, elasticsearch
from tests.observability.engines.elasticsearch import PASSWORD, Node
from tests.observability.faults import FailsOnceEach, Fault, Killed, KilledAt


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with elasticsearch.node(tmp_path_factory.mktemp("elasticsearch")) as running:
        yield running


@pytest.fixture(scope="module")
def wanted(description: Description) -> Content:
    return read(description)


@pytest.fixture(scope="module")
def small(wanted: Content) -> Content:
    """A few objects of each kind, for what is tried again and again."""
    kinds = [kind for kind in wanted if kind != "saved_objects"]
    few = {kind: dict(list(wanted[kind].items())[:3]) for kind in kinds}
    return {**few, "component_templates": wanted["component_templates"], "roles": wanted["roles"]}


def _run(
    node: Node, wanted: Content, transport: httpx.BaseTransport | None = None, *, accepted: frozenset[str] = frozenset()
) -> list[Done]:
    return made(engine(node, transport), wanted, accepted)


def _counts(done: list[Done]) -> Counter[Change]:
    return Counter(item.change for item in done)


def _refusal(node: Node, wanted: Content) -> str:
    with pytest.raises(BootstrapError) as refused:
        _run(node, wanted)
    return str(refused.value)


def _with_failures_kept(wanted: Content, retention: str) -> Content:
    changed: dict[str, Any] = deepcopy(dict(wanted))
    for template in changed["index_templates"].values():
        template["template"]["data_stream_options"]["failure_store"]["lifecycle"]["data_retention"] = retention
    return changed


def _wipe(node: Node, wanted: Content) -> None:
    """Take away what a run made."""
    with node.client() as client:
        for kind, path in (
            ("users", "/_security/user"),
            ("roles", "/_security/role"),
            ("index_templates", "/_index_template"),
            ("component_templates", "/_component_template"),
            ("pipelines", "/_ingest/pipeline"),
            ("lifecycles", "/_ilm/policy"),
        ):
            for name in wanted[kind]:
                assert client.delete(f"{path}/{name}").status_code in {200, 404}


@pytest.fixture
def settled(node: Node, wanted: Content) -> None:
    """Everything is as the description says."""
    _run(node, wanted)


def test_the_job_makes_everything_and_a_second_run_finds_all_of_it_the_same(
    node: Node, wanted: Content, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "content.json").write_text(json.dumps(wanted))
    for name, value in {**passwords(wanted), "bootstrap-password": PASSWORD}.items():
        (tmp_path / name).write_text(f"{value}\n")
    environment = {
        "URL": node.url,
        "CA_FILE": str(node.certificates.authority),
        "USER_NAME": BOOTSTRAP,
        "SECRETS_FOLDER": str(tmp_path),
        "DEADLINE_SECONDS": "60",
    }
    arguments = ["elasticsearch", str(tmp_path / "content.json")]

    assert bootstrap.main(arguments, environment) == 0
    first = capsys.readouterr().out.splitlines()
    assert bootstrap.main(arguments, environment) == 0
    second = capsys.readouterr().out.splitlines()

    print(f"\nfirst run:  {first[-1]}\nsecond run: {second[-1]}")
    assert {line.split()[0] for line in first[:-2]} == {"created"}
    assert first[-2] == "changed  password of kibana_system"
    assert {line.split()[0] for line in second[:-1]} == {"same"}
    assert len(first) == len(second)


@pytest.mark.parametrize("fault", list(Fault))
def test_every_call_may_fail_once_and_everything_is_made_all_the_same(
    node: Node, wanted: Content, small: Content, fault: Fault
) -> None:
    _wipe(node, wanted)
    network = FailsOnceEach(node.trust, fault)

    done = _run(node, small, network)

    assert sum(network.calls.values()) >= 2 * (len(done) - 1)
    assert _counts(_run(node, small)) == {Change.SAME: len(done)}


@pytest.mark.parametrize("call", [2, 3, 14, 27, 38])
def test_a_run_that_was_killed_is_finished_by_the_next(node: Node, wanted: Content, small: Content, call: int) -> None:
    _wipe(node, wanted)

    with pytest.raises(Killed):
        _run(node, small, KilledAt(node.trust, call))
    done = _run(node, small)

    assert _counts(done)[Change.CREATED] > 0
    assert _counts(_run(node, small)) == {Change.SAME: len(done)}


@pytest.mark.usefixtures("settled")
class TestWhatIsThere:
    """A cluster that is as the description says, and what people did to it since."""

    @pytest.mark.parametrize(
        ("path", "body", "what"),
        [
            (
                "/_ingest/pipeline/logs-json",
                {"processors": []},
                "ingest pipeline logs-json",
            ),
            (
                "/_security/role/logs_writer",
                {"cluster": ["all"]},
                "role logs_writer",
            ),
            (
                "/_security/user/operator",
                {"password": "somebody's own", "roles": ["superuser"]},
                "user operator",
            ),
        ],
    )
    def test_what_somebody_else_made_under_our_name_is_left_as_it_is(
        self, node: Node, wanted: Content, path: str, body: Mapping[str, Any], what: str
    ) -> None:
        with node.client() as client:
            client.put(path, json=body).raise_for_status()
            before = client.get(path).json()

            text = _refusal(node, wanted)

            assert text.startswith(f"{what} is there and was not made by this program; it is left as it is.")
            assert f"DELETE {path}" in text
            assert client.get(path).json() == before
            client.delete(path).raise_for_status()

    def test_a_pipeline_that_was_changed_by_hand_is_put_back(self, node: Node, wanted: Content) -> None:
        with node.client() as client:
            body: dict[str, Any] = {**wanted["pipelines"]["logs-json"], "processors": []}
            client.put("/_ingest/pipeline/logs-json", json=body).raise_for_status()

        done = _run(node, wanted)

        assert [item.what for item in done if item.change is Change.CHANGED] == ["ingest pipeline logs-json"]

    def test_a_template_with_another_priority_is_put_back(self, node: Node, wanted: Content) -> None:
        name = "logs-backend-dev"
        with node.client() as client:
            body = {**wanted["index_templates"][name], "priority": 501}
            client.put(f"/_index_template/{name}", json=body).raise_for_status()

        done = _run(node, wanted)

        assert [item.what for item in done if item.change is Change.CHANGED] == [f"index template {name}"]

    def test_documents_are_not_deleted_earlier_unless_that_is_asked_for(self, node: Node, wanted: Content) -> None:
        shorter = deepcopy(dict(wanted))
        shorter["lifecycles"]["logs-audit"]["phases"]["delete"]["min_age"] = "30d"

        text = _refusal(node, shorter)
        accepted = _run(node, shorter, accepted=frozenset({"logs-audit"}))
        back = _run(node, wanted)

        assert "lifecycle policy logs-audit: documents are kept for 365 days now and would be deleted after 30" in text
        assert "ACCEPT_SHORTER_RETENTION=logs-audit" in text
        assert Done(what="lifecycle policy logs-audit", change=Change.CHANGED) in accepted
        assert Done(what="lifecycle policy logs-audit", change=Change.CHANGED) in back

    def test_options_of_a_stream_that_is_there_are_changed_and_never_shortened_unless_asked_for(
        self, node: Node, wanted: Content
    ) -> None:
        name = "logs-database-dev"
        path, what = f"/_data_stream/{name}/_options", f"options of stream {name}"
        longer, shorter = _with_failures_kept(wanted, "60d"), _with_failures_kept(wanted, "7d")
        with node.client() as client:
            client.post(f"/{name}/_doc", json={"@timestamp": "2026-01-01T00:00:00Z"}).raise_for_status()

            def kept() -> str:
                (stream,) = client.get(path).json()["data_streams"]
                return stream["options"]["failure_store"]["lifecycle"]["data_retention"]

            assert (kept(), Done(what=what, change=Change.SAME) in _run(node, wanted)) == ("30d", True)
            assert Done(what=what, change=Change.CHANGED) in _run(node, longer)
            assert (kept(), Done(what=what, change=Change.SAME) in _run(node, longer)) == ("60d", True)
            text = _refusal(node, shorter)
            assert f"failure store of {name}: documents are kept for 60 days now and would be deleted after 7" in text
            assert "ACCEPT_SHORTER_RETENTION=logs-failures" in text
            assert kept() == "60d"
            accepted = _run(node, shorter, accepted=frozenset({"logs-failures"}))
            assert (kept(), Done(what=what, change=Change.CHANGED) in accepted) == ("7d", True)
            client.put(path, json={}).raise_for_status()
            assert Done(what=what, change=Change.CREATED) in _run(node, wanted)
            assert kept() == "30d"

    def test_a_failure_store_that_somebody_keeps_for_ever_stays(self, node: Node, wanted: Content) -> None:
        name = "logs-frontend-dev"
        path = f"/_data_stream/{name}/_options"
        with node.client() as client:
            client.post(f"/{name}/_doc", json={"@timestamp": "2026-01-01T00:00:00Z"}).raise_for_status()
            for_ever = {"failure_store": {"enabled": True, "lifecycle": {"enabled": False}}}
            client.put(path, json=for_ever).raise_for_status()

            assert "documents are kept for ever now and would be deleted after 30 days" in _refusal(node, wanted)
            client.put(path, json={}).raise_for_status()

    def test_a_role_that_somebody_narrowed_is_not_widened_again(self, node: Node, wanted: Content) -> None:
        path = "/_security/role/logs_counter"
        with node.client() as client:
            stored = client.get(path).json()["logs_counter"]
            narrowed = {key: value for key, value in stored.items() if key != "transient_metadata"}
            narrowed["indices"][0]["privileges"] = ["read"]
            client.put(path, json=narrowed).raise_for_status()

            text = _refusal(node, wanted)

            assert "role logs_counter: was changed by hand, and would get back: read_failure_store on logs-" in text
            assert client.get(path).json()["logs_counter"]["indices"][0]["privileges"] == ["read"]
            client.delete(path).raise_for_status()

    def test_a_role_that_somebody_widened_is_narrowed_again(self, node: Node, wanted: Content) -> None:
        path = "/_security/role/logs_writer"
        with node.client() as client:
            stored = client.get(path).json()["logs_writer"]
            widened = {key: value for key, value in stored.items() if key != "transient_metadata"}
            client.put(path, json={**widened, "cluster": ["all"]}).raise_for_status()

            done = _run(node, wanted)

            assert Done(what="role logs_writer", change=Change.CHANGED) in done
            assert client.get(path).json()["logs_writer"]["cluster"] == ["monitor"]

    def test_a_new_service_widens_roles_by_its_streams_without_a_question(self, node: Node, wanted: Content) -> None:
        with_new = deepcopy(dict(wanted))
        with_new["roles"]["logs_writer"]["indices"][0]["names"].append("logs-payments-dev")

        assert Done(what="role logs_writer", change=Change.CHANGED) in _run(node, with_new)
        assert Done(what="role logs_writer", change=Change.CHANGED) in _run(node, wanted)

    def test_a_user_that_somebody_disabled_stays_disabled(self, node: Node, wanted: Content) -> None:
        with node.client() as client:
            client.put("/_security/user/operator/_disable").raise_for_status()

            done = _run(node, wanted)

            assert Done(what="user operator", change=Change.SAME, note="disabled by hand, and left so") in done
            assert client.get("/_security/user/operator").json()["operator"]["enabled"] is False
            client.put("/_security/user/operator/_enable").raise_for_status()

    def test_a_password_that_no_longer_fits_is_set_anew(self, node: Node, wanted: Content) -> None:
        with node.client() as client:
            path = "/_security/user/logstash_writer/_password"
            client.post(path, json={"password": "something else"}).raise_for_status()

        done = _run(node, wanted)

        assert [item.what for item in done if item.change is Change.CHANGED] == ["user logstash_writer"]

    def test_a_template_of_somebody_else_over_the_same_stream_is_told_of(self, node: Node, wanted: Content) -> None:
        with node.client() as client:
            body: dict[str, Any] = {"index_patterns": ["logs-payments-*"], "priority": 500, "data_stream": {}}
            client.put("/_index_template/theirs", json=body).raise_for_status()
            new = deepcopy(dict(wanted))
            template = {**new["index_templates"]["logs-backend-dev"], "index_patterns": ["logs-payments-dev"]}
            new["index_templates"]["logs-payments-dev"] = template

            text = _refusal(node, new)

            assert "PUT /_index_template/logs-payments-dev: 400 Bad Request" in text
            assert "multiple index templates may not match during index creation" in text
            assert "theirs" in text
            client.delete("/_index_template/theirs").raise_for_status()

    @pytest.mark.parametrize(
        ("place", "value", "told"),
        [
            (
                ("lifecycles", "logs-access", "phases", "delete", "actions", "rollover"),
                {"max_age": "1d"},
                "PUT /_ilm/policy/logs-access: 400 Bad Request: invalid action [rollover] defined in phase [delete]",
            ),
            (
                ("lifecycles", "logs-access", "phases", "hot", "actions", "rolover"),
                {"max_age": "1d"},
                "PUT /_ilm/policy/logs-access: 400 Bad Request: ",
            ),
            (
                ("pipelines", "logs-json", "processors"),
                [{"grook": {"field": "message"}}],
                "No processor type exists with name [grook]",
            ),
            (
                ("component_templates", "logs-ecs", "template", "mappings", "propertys"),
                {"a": {}},
                "PUT /_component_template/logs-ecs: 400 Bad Request: ",
            ),
            (
                ("roles", "logs_writer", "cluster"),
                ["everything"],
                "PUT /_security/role/logs_writer: 400 Bad Request: ",
            ),
        ],
        ids=["rollover in the delete phase", "misspelt action", "misspelt processor", "misspelt mapping", "privilege"],
    )
    def test_what_the_engine_refuses_is_told_with_its_reason(
        self, node: Node, wanted: Content, place: tuple[str, ...], value: object, told: str
    ) -> None:
        broken: dict[str, Any] = deepcopy(dict(wanted))
        at = broken
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = value

        assert told in _refusal(node, broken)

    def test_a_cluster_that_is_read_only_is_told_of(self, node: Node, wanted: Content) -> None:
        broken = deepcopy(dict(wanted))
        broken["pipelines"]["logs-json"]["description"] = "another"
        setting = "cluster.blocks.read_only_allow_delete"
        with node.client() as client:
            client.put("/_cluster/settings", json={"persistent": {setting: True}}).raise_for_status()
            text = _refusal(node, broken)
            client.put("/_cluster/settings", json={"persistent": {setting: None}}).raise_for_status()

        assert "nothing can be changed there: lift the block, or make room on its disk" in text

    def test_a_wrong_password_is_told_at_once(self, node: Node, wanted: Content) -> None:
        client = engine(node, password="wrong")
        begun = time.monotonic()

        with pytest.raises(BootstrapError, match="the password of 'bootstrap' is wrong: it must be the one"):
            made(client, wanted)
        assert time.monotonic() - begun < 10

    def test_a_foreign_authority_is_told_at_once(self, node: Node, wanted: Content, tmp_path: Path) -> None:
        foreign = certificates.make(tmp_path / "foreign").authority
        client = engine(node, authority=foreign)

        with pytest.raises(BootstrapError, match=f"its certificate is not trusted .* the authority in {foreign}"):
            made(client, wanted)


@pytest.fixture(scope="module")
def users(node: Node, wanted: Content) -> Iterator[Callable[[str], httpx.Client]]:
    _run(node, wanted)
    by_secret = passwords(wanted)
    clients: list[httpx.Client] = []

    def client(name: str) -> httpx.Client:
        clients.append(node.client(name, by_secret[wanted["users"][name]["password"]]))
        return clients[-1]

    yield client
    for one in clients:
        one.close()


class TestRights:
    """What each user can do, tried out."""

    LINE: Mapping[str, Any] = {
        "@timestamp": "2026-01-01T00:00:00Z",
        "message": "hello",
        "event": {"id": "one"},
        "service": {"name": "backend"},
    }

    def test_the_writer_adds_lines_to_its_streams_once_each(self, users: Callable[[str], httpx.Client]) -> None:
        writer = users("logstash_writer")

        first = writer.post("/logs-backend-dev/_create/one?refresh=true", json=self.LINE)
        again = writer.post("/logs-backend-dev/_create/one", json=self.LINE)

        assert first.status_code == 201
        assert again.status_code == 409

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/logs-backend-dev/_search"),
            ("GET", "/logs-backend-dev/_doc/one"),
            ("POST", "/logs-backend-dev/_update/one"),
            ("DELETE", "/logs-backend-dev/_doc/one"),
            ("DELETE", "/logs-backend-dev"),
            ("POST", "/logs-backend-prod/_create/one"),
            ("POST", "/other/_create/one"),
            ("PUT", "/_ingest/pipeline/own"),
            ("PUT", "/_index_template/own"),
            ("POST", "/_security/api_key"),
            ("PUT", "/_cluster/settings"),
        ],
    )
    def test_the_writer_neither_reads_nor_deletes_nor_writes_elsewhere(
        self, users: Callable[[str], httpx.Client], method: str, path: str
    ) -> None:
        bodies: dict[str, Any] = {
            "/logs-backend-dev/_update/one": {"doc": {"message": "changed"}},
            "/_ingest/pipeline/own": {"processors": []},
            "/_index_template/own": {"index_patterns": ["own"]},
            "/_security/api_key": {"name": "own"},
            "/_cluster/settings": {"persistent": {"cluster.max_shards_per_node": 1}},
        }
        body = bodies.get(path, self.LINE) if method in {"PUT", "POST"} else None

        answer = users("logstash_writer").request(method, path, json=body)

        assert answer.status_code == 403, answer.text

    def test_people_read_lines_and_audits_each_by_its_own_role(self, users: Callable[[str], httpx.Client]) -> None:
        writer = users("logstash_writer")
        writer.post("/logs-backend.audit-dev/_create/two?refresh=true", json=self.LINE).raise_for_status()

        assert users("operator").get("/logs-backend-dev/_count").json()["count"] == 1
        assert users("operator").get("/logs-backend.audit-dev/_count").json()["count"] == 1
        assert users("grafana_reader").get("/logs-backend-dev/_count").json()["count"] == 1
        assert users("grafana_reader").get("/_cluster/health").status_code == 200
        assert users("grafana_reader").get("/_cluster/settings").status_code == 403
        assert users("grafana_reader").get("/logs-backend.audit-dev/_count").status_code == 403
        assert users("grafana_reader").post("/logs-backend-dev/_create/3", json=self.LINE).status_code == 403
        assert users("metrics_monitor").get("/logs-backend-dev/_count").status_code == 403
        assert users("metrics_monitor").get("/_cluster/health").status_code == 200

    def test_the_count_exporter_counts_arrivals_with_its_own_rights(
        self, description: Description, users: Callable[[str], httpx.Client]
    ) -> None:
        now, long_ago = datetime.now(UTC).isoformat(), "2001-01-01T00:00:00Z"
        for said, arrived, name in ((long_ago, now, "clock-that-is-wrong"), (now, long_ago, "old")):
            line = {
                "@timestamp": said,
                "data_stream": {"dataset": "backend.access"},
                "event": {"duration": 2_000_000_000, "ingested": arrived},
                "http": {"response": {"status_code": 503}},
            }
            path = f"/logs-backend.access-dev/_create/{name}?refresh=true"
            users("logstash_writer").post(path, json=line).raise_for_status()

        page, failures = measure(users("log_counter"), json.loads(json.dumps(counts(description))))

        labels = '{dataset="backend.access",service="backend",stream="logs-backend.access-dev"}'
        assert failures == {}
        for metric in ("logs_documents", "logs_requests", "logs_failed_requests", "logs_slow_requests"):
            assert f"{metric}{labels} 1\n" in page
        assert 'logs_requests{dataset="frontend.access",service="frontend",stream="logs-frontend.access-dev"} 0' in page
        assert 'logs_failure_store_documents{dataset="backend",service="backend",stream="logs-backend-dev"} 0' in page
        assert page.count("logs_count_query_success{") == len(description.queries)
        produced = {line.split("{")[0] for line in page.splitlines() if not line.startswith("#")}
        assert produced == description.producers["log-counts"].metrics

    def test_a_count_that_is_refused_is_told_and_gives_no_values(
        self, description: Description, users: Callable[[str], httpx.Client]
    ) -> None:
        page, failures = measure(users("metrics_monitor"), json.loads(json.dumps(counts(description))))

        assert failures["logs_documents"].startswith("403: ")
        assert 'logs_count_query_success{query="logs_documents"} 0\n' in page
        assert "logs_documents{" not in page

    def test_a_stream_is_made_by_its_template_with_the_first_line(self, node: Node) -> None:
        with node.client() as client:
            (index,) = client.get("/.ds-logs-backend-dev-*?expand_wildcards=all").json().values()

        assert index["data_stream"] == "logs-backend-dev"
        settings = index["settings"]["index"]
        assert settings["lifecycle"]["name"] == "logs-application"
        assert settings["default_pipeline"] == "logs-json"
        assert settings["auto_expand_replicas"] == "0-1"
        assert settings["number_of_replicas"] == "0"
        assert index["mappings"]["properties"]["http"]["properties"]["response"]["properties"]["status_code"] == {
            "type": "long"
        }

    def test_a_line_with_a_malformed_number_is_kept(self, node: Node, users: Callable[[str], httpx.Client]) -> None:
        line = {**self.LINE, "http": {"response": {"status_code": "many"}}, "event": {"id": "odd", "duration": "long"}}

        users("logstash_writer").post("/logs-backend-dev/_create/odd?refresh=true", json=line).raise_for_status()

        with node.client() as client:
            (found,) = client.get("/logs-backend-dev/_search?q=_id:odd").json()["hits"]["hits"]
        assert set(found["_ignored"]) == {"http.response.status_code", "event.duration"}
