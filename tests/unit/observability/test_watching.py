"""What the model's services are to those who watch them."""

from pathlib import Path

import pytest

from observability.description import DescriptionError, ProbeKind, ServiceKind, WatchedService
from observability.probes import probes
from observability.watching import watched
from services.application import built_in
from services.compose_file import ComposeOptions, load
from services.model import Application, Exposed, Network, NetworkAttachment, Service

EXAMPLES = Path("docs/examples")


def _watched(**services: Service) -> dict[str, WatchedService]:
    application = Application(name="app", services=services, networks={"net": Network()})
    return {service.name: service for service in watched(application)}


def _service(image: str, *, expose: tuple[int, ...] = (), **labels: str) -> Service:
    named = {f"observability.{name.replace('_', '-')}": value for name, value in labels.items()}
    return Service(
        image=image,
        expose=tuple(Exposed(first=port) for port in expose),
        labels=named,
        networks={"net": NetworkAttachment()},
    )


def test_every_service_of_the_built_in_application_is_watched() -> None:
    found = {service.name: service for service in watched(built_in())}

    assert set(found) == set(built_in().services)
    assert found["database"].kind is ServiceKind.POSTGRES
    assert found["migrate"] == WatchedService(name="migrate", kind=ServiceKind.JOB)


def test_an_image_tells_what_a_service_is() -> None:
    found = _watched(
        db=_service("registry.example/library/postgres:17@sha256:" + "0" * 64, expose=(5432,)),
        web=_service("nginxinc/nginx-unprivileged:1.29", expose=(8080,)),
        api=_service("example/api:1", expose=(8000,)),
        worker=_service("example/worker:1"),
    )

    assert {name: service.kind for name, service in found.items()} == {
        "db": ServiceKind.POSTGRES,
        "web": ServiceKind.NGINX,
        "api": ServiceKind.HTTP,
        "worker": ServiceKind.JOB,
    }


def test_labels_say_more_than_an_image() -> None:
    api = _service("example/nginx:1", expose=(8000,), kind="http", health_path="/ready", metrics_path="/metrics")

    assert _watched(api=api)["api"] == WatchedService(
        name="api",
        kind=ServiceKind.HTTP,
        port=8000,
        probe=ProbeKind.HTTP,
        health_path="/ready",
        metrics_path="/metrics",
    )


def test_a_label_with_a_kind_that_there_is_not_is_refused() -> None:
    with pytest.raises(
        DescriptionError, match=r"service api: label observability\.kind: 'redis' is no kind; choose one"
    ):
        _watched(api=_service("example/api:1", kind="redis"))


PROBES_OF_EXAMPLES = {
    "broker": {"mosquitto": "tcp_connect mosquitto:1883", "page": "http_2xx http://page:80/"},
    "queue": {"api": "http_answers http://api:8000/", "queue": "tcp_connect queue:6379"},
    "wordpress": {
        "wordpress": "http_2xx http://wordpress:80/wp-login.php",
        "database": "tcp_connect database:3306",
    },
}


def _asked(application: Application) -> dict[str, str]:
    return {probe.service: f"{probe.kind} {probe.target}" for probe in probes(tuple(watched(application)))}


@pytest.mark.parametrize("example", sorted(path.parent.name for path in EXAMPLES.glob("*/compose.yaml")))
def test_every_worked_example_is_probed_as_it_can_answer(example: str) -> None:
    variables = {"WORDPRESS_DATABASE_PASSWORD": {"secure": "x"}}
    file = str(EXAMPLES / example / "compose.yaml")

    application = load(ComposeOptions(files=[file], variables={}, secret_variables=variables))

    assert _asked(application) == PROBES_OF_EXAMPLES[example]


def test_the_built_in_application_is_probed_over_http() -> None:
    assert _asked(built_in()) == {
        "database": "tcp_connect database:5432",
        "backend": "http_2xx http://backend:8000/healthz",
        "frontend": "http_2xx http://frontend:8080/healthz",
    }


COMMON_SERVICES = """
name: common
services:
  adminer: {image: adminer:5, ports: ["8080:8080"]}
  cache: {image: redis:8}
  caddy: {image: caddy:2, ports: ["80:80", "443:443", "443:443/udp"]}
  calls: {image: example/calls:1, ports: [{target: 9000, app_protocol: grpc}]}
  chosen: {image: example/api:1, ports: ["80:8000"], labels: {observability.probe: tcp}}
  documents: {image: mongo:8}
  elastic: {image: elasticsearch:9.1.0}
  flask: {build: ., ports: ["8000:8000"]}
  labelled: {image: example/api:1, expose: ["8000"], labels: {observability.health-path: /ready}}
  measured: {image: example/api:1, expose: ["8000"], labels: {observability.metrics-path: /metrics}}
  mariadb: {image: mariadb:12, ports: ["127.0.0.1:3306:3306"]}
  nginx: {image: nginx:1.29, ports: ["80:80"]}
  postgres: {image: postgres:17}
  proxied: {image: example/api:1, expose: ["8000"], labels: {observability.kind: http}}
  rabbitmq:
    image: rabbitmq:4-management
    ports: ["5672:5672", {target: 15672, published: 15672, app_protocol: http}]
    x-aws: {route: {health_path: /api}}
  random: {image: example/api:1, ports: ["80"]}
  secured: {image: example/api:1, ports: [{target: 8443, app_protocol: https}]}
  secured-path:
    image: example/api:1
    ports: [{target: 8443, app_protocol: https}]
    labels: {observability.health-path: /ready}
  syslog: {image: example/syslog:1, expose: ["514/udp"]}
  told: {image: example/api:1, expose: ["8443"], labels: {observability.probe: https}}
  worker: {build: .}
"""


def test_http_is_asked_where_the_description_says_so_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMMON_SERVICES)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")

    application = load(ComposeOptions(files=[str(tmp_path / "compose.yaml")], variables={}, secret_variables={}))

    assert _asked(application) == {
        "adminer": "tcp_connect adminer:8080",
        "cache": "tcp_connect cache:6379",
        "caddy": "http_answers http://caddy:80/",
        "calls": "tcp_connect calls:9000",
        "chosen": "tcp_connect chosen:8000",
        "documents": "tcp_connect documents:27017",
        "elastic": "tcp_connect elastic:9200",
        "flask": "tcp_connect flask:8000",
        "labelled": "http_2xx http://labelled:8000/ready",
        "measured": "http_answers http://measured:8000/",
        "mariadb": "tcp_connect mariadb:3306",
        "nginx": "http_answers http://nginx:80/",
        "postgres": "tcp_connect postgres:5432",
        "proxied": "http_answers http://proxied:8000/",
        "rabbitmq": "tcp_connect rabbitmq:5672",
        "random": "http_answers http://random:80/",
        "secured": "https_foreign_answers https://secured:8443/",
        "secured-path": "https_foreign_2xx https://secured-path:8443/ready",
        "told": "https_foreign_answers https://told:8443/",
    }


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ({"probe": "udp"}, r"label observability\.probe: 'udp' is no probe; choose one of http, https, tcp"),
        ({"probe": "tcp", "health_path": "/ready"}, "a connection asks for no path: take it or the label"),
        ({"health_path": "ready"}, r"label observability\.health-path: 'ready' is no path: begin it with /"),
        ({"probe": "http", "kind": "job"}, "no TCP port of it can be asked: take the label out"),
    ],
)
def test_labels_of_a_probe_that_cannot_be_are_refused(labels: dict[str, str], text: str) -> None:
    with pytest.raises(DescriptionError, match=text):
        _watched(api=_service("example/api:1", expose=(8000,), **labels))
