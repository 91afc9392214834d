"""The engines as services of the model: what the dev stack gets, and what is refused."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from graph.capture import capture
from graph.resource import Graph
from observability.description import EVERY_PART, DescriptionError, Part
from observability.engines import Engines, engines
from observability.images import IMAGES
from observability.receivers import Receivers, receivers
from observability.settings import ObservabilitySettings
from observability.watching import unread
from services import rules
from services.application import built_in
from services.model import Application, Condition, Logging, Network, Secret, Service

NOBODY = Receivers(receivers=(), secrets={})
JOBS = frozenset({"bootstrap-elasticsearch", "bootstrap-kibana"})
LOGS = frozenset({"elasticsearch", "logstash", "kibana", "fluent-bit"}) | JOBS
METRICS = frozenset({"prometheus", "alertmanager", "blackbox", "node", "cadvisor", "grafana", "database-exporter"})
BOTH = frozenset({"log-counts", "elasticsearch-exporter"})


def settings(**given: Any) -> ObservabilitySettings:
    return ObservabilitySettings.model_validate_json(json.dumps({"parts": ["logs", "metrics"], **given}))


def made(application: Application | None = None, told: Receivers = NOBODY, **given: Any) -> Engines:
    return engines(application or built_in(), settings(**given), told, stack="dev")


def joined(application: Application | None = None, told: Receivers = NOBODY, **given: Any) -> Application:
    application = application or built_in()
    return made(application, told, **given).added_to(application)


def own(application: Application) -> Mapping[str, Service]:
    return {name: item for name, item in application.services.items() if name not in built_in().services}


def content(application: Application, config: str) -> Any:
    text = application.configs[config].content
    assert isinstance(text, str)
    return yaml.safe_load(text)


@pytest.fixture(scope="module")
def dev() -> Application:
    return joined()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["logs", "metrics"], LOGS | METRICS | BOTH),
        (["logs"], LOGS),
        (["metrics"], METRICS),
    ],
)
def test_a_part_brings_its_services_and_what_belongs_to_two_parts_comes_with_both(
    parts: list[str], expected: frozenset[str]
) -> None:
    assert set(own(joined(parts=parts))) == expected


def test_every_engine_is_watched_as_any_service_is(dev: Application) -> None:
    assert {service.name for service in made().description.services} == set(dev.services)
    streams = {stream.service for stream in made().description.streams}
    assert set(own(dev)) <= streams


def test_what_a_part_lacks_is_neither_scraped_nor_alerted_on() -> None:
    alone = made(parts=["metrics"])
    assert "elasticsearch" not in json.dumps(content(alone.added_to(built_in()), "prometheus-prometheus-yml"))
    named = {producer for alert in alone.description.alerts for producer in alert.producers}
    assert "blackbox" in named
    assert not named & {"log-counts", "elasticsearch-exporter", "fluent-bit"}
    assert made(parts=["logs"]).description.alerts == ()


def test_the_application_s_own_services_stay_as_they_are(dev: Application) -> None:
    assert {name: dev.services[name] for name in built_in().services} == built_in().services


def test_the_whole_fits_together_as_any_application_does(dev: Application) -> None:
    rules.check(dev, rules.required_variables(dev), "docker")


def test_every_engine_is_an_image_by_digest_with_a_memory_limit_and_least_rights(dev: Application) -> None:
    for name, service in own(dev).items():
        assert service.build is not None or service.image in {image.reference for image in IMAGES.values()}, name
        assert service.memory_limit_bytes, name
        assert service.cap_drop == ("ALL",), name
        assert not service.privileged, name


def test_only_the_three_that_write_beside_their_programs_have_a_writable_root(dev: Application) -> None:
    assert {name for name, service in own(dev).items() if not service.read_only} == {
        "elasticsearch",
        "logstash",
        "kibana",
    }


def test_every_engine_has_a_health_check_but_fluent_bit_whose_image_has_no_program_for_one(dev: Application) -> None:
    unchecked = {name for name, service in own(dev).items() if service.healthcheck is None}
    assert unchecked == JOBS | {"fluent-bit"}
    probed = {probe.service for probe in made().description.probes}
    assert "fluent-bit" in probed
    for name, service in own(dev).items():
        if service.healthcheck is not None:
            assert "||" not in " ".join(service.healthcheck.test), f"{name}: a check that ends in || cannot fail"


def test_no_health_check_puts_a_secret_among_the_arguments_of_a_process(dev: Application) -> None:
    checks = {name: " ".join(service.healthcheck.test) for name, service in own(dev).items() if service.healthcheck}
    assert [name for name, check in checks.items() if "$" in check or "password" in check] == []
    for name in ("prometheus", "alertmanager", "blackbox", "node", "database-exporter", "elasticsearch-exporter"):
        assert checks[name].endswith("| grep -q '401 Unauthorized'"), name


def test_pages_are_published_on_loopback_and_nothing_else_is(dev: Application) -> None:
    ports = {name: [(port.published, port.host_ip) for port in service.ports] for name, service in own(dev).items()}
    assert {name: found for name, found in ports.items() if found} == {
        "kibana": [(5601, None)],
        "grafana": [(3000, None)],
        "prometheus": [(9090, None)],
        "alertmanager": [(9093, None)],
    }


def test_another_port_is_published_and_told_to_the_engine() -> None:
    application = joined(ports={"kibana": 15601})
    assert application.services["kibana"].ports[0].published == 15601
    assert content(application, "kibana-kibana-yml")["server.publicBaseUrl"] == "https://localhost:15601"


def test_the_order_is_elasticsearch_its_bootstrap_then_who_needs_it(dev: Application) -> None:
    def waits(name: str) -> dict[str, Condition]:
        return {other: dependency.condition for other, dependency in dev.services[name].depends_on.items()}

    assert waits("bootstrap-elasticsearch") == {"elasticsearch": Condition.HEALTHY}
    assert waits("logstash") == waits("kibana") == {"bootstrap-elasticsearch": Condition.COMPLETED}
    assert waits("bootstrap-kibana") == {"kibana": Condition.HEALTHY}
    assert waits("fluent-bit") == {"logstash": Condition.HEALTHY}
    assert dev.one_shot_services >= JOBS


def test_the_engines_share_a_network_without_a_way_out_and_only_who_asks_is_on_the_application_s(
    dev: Application,
) -> None:
    assert dev.networks["observability"] == Network(internal=True)
    assert all("observability" in service.networks for service in own(dev).values())
    on_ours = {name for name, service in own(dev).items() if {"edge", "data"} & set(service.networks)}
    assert on_ours == {"prometheus", "blackbox", "database-exporter"}
    assert set(dev.services["database-exporter"].networks) == {"observability", "data"}


def test_no_password_is_in_an_environment_a_command_or_a_configuration(dev: Application) -> None:
    for name, service in own(dev).items():
        assert not service.secret_environment, name
        for variable, value in service.plain_environment.items():
            if "PASS" in variable or variable.endswith(("_KEY", "TOKEN")):
                assert value.startswith("/run/secrets/"), f"{name}: {variable}"
    for name, config in dev.configs.items():
        assert isinstance(config.content, str), name


def test_a_service_is_given_the_secrets_that_it_needs_and_no_others(dev: Application) -> None:
    def held(name: str) -> set[str]:
        return {mount.source for mount in dev.services[name].secrets}

    elastic = {
        name for name, service in own(dev).items() for mount in service.secrets if mount.source == "bootstrap-password"
    }
    assert elastic == JOBS
    assert {name for name in own(dev) if "metrics-password" in held(name)} == {"prometheus", "grafana"}
    assert held("fluent-bit") == {"observability-ca", "shipper-variables"}
    assert held("log-counts") == {"observability-ca", "log-counter-password"}
    keys = [
        mount.source
        for service in dev.services.values()
        for mount in service.secrets
        if "certificate-key" in mount.source
    ]
    assert len(keys) == len(set(keys)) == len(made().certificates)


def test_elasticsearch_reads_its_keys_below_its_configuration_where_alone_it_may(dev: Application) -> None:
    paths = {mount.path for mount in dev.services["elasticsearch"].secrets}
    written = content(dev, "elasticsearch-elasticsearch-yml")
    for layer in ("http", "transport"):
        named = [written[f"xpack.security.{layer}.ssl.{key}"] for key in ("certificate", "key")]
        named += written[f"xpack.security.{layer}.ssl.certificate_authorities"]
        assert set(named) <= paths
        assert all(path.startswith("/usr/share/elasticsearch/config/") for path in named)


def test_chunks_in_memory_leave_fluent_bit_half_of_it(dev: Application) -> None:
    text = dev.configs["fluent-bit-fluent-bit-conf"].content
    memory_bytes = dev.services["fluent-bit"].memory_limit_bytes
    assert isinstance(text, str)
    assert memory_bytes is not None
    (chunks,) = re.findall(r"storage\.max_chunks_up +(\d+)", text)
    assert int(chunks) * 2_000_000 <= memory_bytes / 2


def test_cadvisor_finds_containerd_s_socket_in_the_machine_s_files_that_it_has_anyway(dev: Application) -> None:
    service = dev.services["cadvisor"]
    found = {mount.source: mount.target for mount in service.volumes}
    assert service.command is not None
    assert f"--containerd={found['/']}/run/containerd/containerd.sock" in service.command


def test_logstash_s_own_interface_which_knows_no_password_is_for_its_container_alone(dev: Application) -> None:
    assert content(dev, "logstash-logstash-yml")["api.http.host"] == "127.0.0.1"
    assert "http://localhost:9600/" in " ".join(dev.services["logstash"].healthcheck.test)  # pyright: ignore[reportOptionalMemberAccess]


def test_three_nodes_find_each_other_and_are_found_under_one_name() -> None:
    application = joined(elasticsearch={"nodes": 3})
    names = ["elasticsearch-1", "elasticsearch-2", "elasticsearch-3"]
    assert set(names) <= set(application.services)
    assert "elasticsearch" not in application.services
    for name in names:
        service = application.services[name]
        assert service.networks["observability"].aliases == ("elasticsearch",)
        assert {mount.source for mount in service.named_volumes} == {f"{name}-data"}
        written = content(application, f"{name}-elasticsearch-yml")
        assert written["node.name"] == name
        assert written["network.publish_host"] in made(elasticsearch={"nodes": 3}).certificates[name]
        assert written["cluster.initial_master_nodes"] == written["discovery.seed_hosts"] == names
        assert "discovery.type" not in written
    assert set(application.services["bootstrap-elasticsearch"].depends_on) == set(names)
    assert made(elasticsearch={"nodes": 3}).certificates["elasticsearch-2"] == ("elasticsearch-2", "elasticsearch")
    rules.check(application, rules.required_variables(application), "docker")


def test_the_bootstrap_s_content_is_a_file_of_its_job_so_that_a_change_runs_it_again(dev: Application) -> None:
    assert set(content(dev, "bootstrap-kibana-content-json")) == {"saved_objects"}
    assert "saved_objects" not in content(dev, "bootstrap-elasticsearch-content-json")
    other = joined(accept_shorter_retention=["logs-access"])
    job = other.services["bootstrap-elasticsearch"]
    assert job.plain_environment["ACCEPT_SHORTER_RETENTION"] == "logs-access"


def test_receivers_of_the_settings_are_alertmanager_s_and_their_secrets_its_files() -> None:
    given = {
        "webhook": {
            "ops": {"url": "https://ops.example.com/", "severities": ["critical"], "token_variable": "TOKEN"},
            "discord": {"url_variable": "DISCORD", "severities": ["critical"]},
        },
        "slack": {"team": {"channel": "#alerts", "severities": ["warning"], "url_variable": "SLACK"}},
        "email": {
            "boss": {
                "to": "a@example.com",
                "sender": "b@example.com",
                "smarthost": "smtp.example.com:587",
                "severities": ["heartbeat"],
                "user": "b",
                "password_variable": "MAIL",
            }
        },
    }
    told = receivers(settings(receivers=given).receivers, {"TOKEN", "DISCORD", "SLACK", "MAIL"})
    application = joined(told=told, receivers=given)
    written = content(application, "alertmanager-alertmanager-yml")
    found = {receiver["name"]: receiver for receiver in written["receivers"]}
    assert set(found) == {"nobody", "webhook-ops", "webhook-discord", "slack-team", "email-boss"}
    token = found["webhook-ops"]["webhook_configs"][0]["http_config"]["authorization"]["credentials_file"]
    mounted = {mount.path: mount.source for mount in application.services["alertmanager"].secrets}
    assert application.secrets[mounted[token]] == Secret(environment="TOKEN")
    (discord,) = found["webhook-discord"]["webhook_configs"]
    assert application.secrets[mounted[discord["url_file"]]] == Secret(environment="DISCORD")
    assert "url" not in discord
    assert found["slack-team"]["slack_configs"][0]["api_url_file"] in mounted
    assert found["email-boss"]["email_configs"][0]["auth_password_file"] in mounted
    assert not set(told.secrets) & set(made(told=told, receivers=given).generated(built_in()))


def test_alerts_link_to_runbooks_at_the_address_of_the_settings() -> None:
    base = "https://git.example.com/docs/runbooks"
    (alerting, *_) = content(joined(runbooks_url=base), "prometheus-rules-yml")["groups"]
    assert {rule["annotations"]["runbook_url"].rpartition("/")[0] for rule in alerting["rules"]} == {base}


def test_a_service_whose_lines_go_elsewhere_is_told_of() -> None:
    assert list(unread(built_in())) == []
    described = built_in()
    quiet = described.services["backend"].model_copy(update={"logging": Logging(driver="syslog")})
    (warning,) = unread(described.model_copy(update={"services": {**described.services, "backend": quiet}}))
    assert warning.startswith("services.backend.logging.driver: 'syslog' keeps lines where Fluent Bit does not look")


def changed(service: str, **labels: str) -> Application:
    described = built_in()
    found = described.services[service]
    renamed = {f"observability.{label.replace('_', '-')}": value for label, value in labels.items()}
    new = found.model_copy(update={"labels": {**found.labels, **renamed}})
    return described.model_copy(update={"services": {**described.services, service: new}})


MISTAKES: Mapping[str, tuple[Callable[[], object], str]] = {
    "a service of an engine's name": (
        lambda: joined(
            built_in().model_copy(update={"services": {**built_in().services, "grafana": Service(image="x:1")}})
        ),
        "services.grafana: the stack's own logging and monitoring has one of this name: give yours another",
    ),
    "a label that there is not": (
        lambda: made(changed("backend", kid="http")),
        "service backend: 'observability.kid' is no label of ours; did you mean 'observability.kind'?",
    ),
    "a kind that there is not": (
        lambda: made(changed("backend", kind="htpp")),
        "service backend: label observability.kind: 'htpp' is no kind; choose one of http",
    ),
    "a metrics user without a password": (
        lambda: made(changed("backend", metrics_user="me")),
        "service backend: one of the labels observability.metrics-user and observability.metrics-password is missing",
    ),
    "a password that is no secret": (
        lambda: made(changed("database", metrics_password="nothing")),
        "label observability.metrics-password: 'nothing' is no secret of the application; known: database-app-password",
    ),
    "a variable under a name that the graph gives": (
        lambda: made().check_variables(built_in(), ["SITE", "OBSERVABILITY_METRICS_PASSWORD"]),
        "services:variables.OBSERVABILITY_METRICS_PASSWORD: the stack's own logging and monitoring has one of this",
    ),
    "a receiver without its secret": (
        lambda: receivers(
            settings(
                receivers={"slack": {"team": {"channel": "#a", "severities": ["critical"], "url_variable": "HOOK"}}}
            ).receivers,
            (),
        ),
        "observability:receivers.slack.team.url_variable: HOOK has no value: pulumi config set --secret",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_what_to_do(mistake: str) -> None:
    make, text = MISTAKES[mistake]
    with pytest.raises(DescriptionError) as refused:
        _ = make()
    assert text in str(refused.value)


def test_a_stack_on_aws_that_asks_for_engines_is_refused_in_one_error() -> None:
    with pytest.raises(Exception, match="observability:parts: logs, metrics: the engines run on Docker alone"):
        _ = capture("prod", config={"observability:parts": ["logs", "metrics"]})


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("observability:parts", ["log"], "observability:parts: 'log' is not allowed; allowed: logs, metrics"),
        (
            "observability:elasticsearch",
            {"nodes": 2},
            "observability:elasticsearch.nodes: 2 is not allowed; allowed: 1 or 3",
        ),
        ("observability:ports", {"kibna": 1}, "'kibna' is not allowed"),
        (
            "observability:receivers",
            {"webhook": {"ops": {"url": "ops.example.com", "severities": ["critical"]}}},
            "observability:receivers.webhook.ops.url: 'ops.example.com' is not allowed; allowed: an address",
        ),
        (
            "observability:receivers",
            {"webhook": {"ops": {"url": "https://o.example.com", "severities": ["loud"]}}},
            "receivers.webhook.ops.severities: 'loud' is not allowed; allowed: critical, warning, heartbeat",
        ),
        (
            "observability:receivers",
            {"webhook": {"ops": {"severities": ["critical"]}}},
            "observability:receivers.webhook.ops: neither url nor url_variable is set; write url for an address",
        ),
        (
            "observability:receivers",
            {"webhook": {"ops": {"url": "https://o.example.com", "url_variable": "OPS", "severities": ["critical"]}}},
            "observability:receivers.webhook.ops: both url and url_variable are set; write url for an address",
        ),
        ("observability:receivers", {"pager": {}}, "'pager' is no setting; known: email, slack, webhook"),
        (
            "observability:accept_shorter_retention",
            ["access"],
            "'access' is not allowed; allowed: logs- and the name of a retention class",
        ),
    ],
)
def test_a_setting_that_is_not_allowed_is_told_with_what_is(key: str, value: object, text: str) -> None:
    with pytest.raises(Exception, match="1 problem") as refused:
        _ = capture("dev", config={key: value})
    assert text in str(refused.value)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return capture("dev")


def test_the_graph_makes_every_secret_of_the_engines_and_shows_none(graph: Graph) -> None:
    passwords = {item.name for item in graph.of_type("random:index/randomPassword:RandomPassword")}
    assert {"bootstrap-password", "kibana-session-key", "metrics-password", "shipper-password"} <= passwords
    assert "web-config" not in passwords
    assert "database-metrics-password" not in passwords
    for item in graph.of_type("random:index/randomPassword:RandomPassword"):
        assert (item.inputs["length"], item.inputs["special"]) == (32, False)


def test_each_certificate_is_for_its_engine_s_names_and_loopback(graph: Graph) -> None:
    requests = {item.name: item.inputs for item in graph.of_type("tls:index/certRequest:CertRequest")}
    assert requests["kibana"]["dnsNames"] == ["kibana", "localhost"]
    assert requests["kibana"]["ipAddresses"] == ["127.0.0.1"]
    signed = graph.of_type("tls:index/locallySignedCert:LocallySignedCert")
    assert {item.name for item in signed} == set(requests)
    for item in signed:
        assert (item.inputs["validityPeriodHours"], item.inputs["earlyRenewalHours"]) == (8760, 1440)


def test_the_program_warns_of_lines_that_go_elsewhere() -> None:
    described = built_in()
    quiet = described.services["backend"].model_copy(update={"logging": Logging(driver="syslog")})
    application = described.model_copy(update={"services": {**described.services, "backend": quiet}})
    told = capture("dev", application=application).messages
    assert [text for text in told if "services.backend.logging.driver" in text]
    assert not [text for text in capture("dev").messages if "logging.driver" in text]


def test_the_program_refuses_a_variable_under_a_name_that_it_gives() -> None:
    with pytest.raises(Exception, match=r"services:variables\.OBSERVABILITY_OPERATOR_PASSWORD: the stack's own"):
        _ = capture("dev", config={"services:variables": {"OBSERVABILITY_OPERATOR_PASSWORD": "mine"}})


def test_people_are_told_how_to_log_in(graph: Graph) -> None:
    logins = graph.exports["logins"]
    assert isinstance(logins, dict)
    assert set(logins) == {"kibana", "grafana", "prometheus", "alertmanager"}


def test_a_stack_without_parts_has_nothing_of_it() -> None:
    bare = capture("dev", config={"observability:parts": None})
    assert not [item for item in bare if item.type.startswith(("random:", "tls:", "infra:observability"))]
    assert "logins" not in bare.exports
    assert frozenset(Part) == EVERY_PART
