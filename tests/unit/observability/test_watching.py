"""What the model's services are to those who watch them."""

import pytest

from observability.description import DescriptionError, ServiceKind, WatchedService
from observability.watching import watched
from services.application import built_in
from services.model import Application, Exposed, Network, NetworkAttachment, Service


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
        name="api", kind=ServiceKind.HTTP, port=8000, health_path="/ready", metrics_path="/metrics"
    )


def test_a_label_with_a_kind_that_there_is_not_is_refused() -> None:
    with pytest.raises(
        DescriptionError, match=r"service api: label observability\.kind: 'redis' is no kind; choose one"
    ):
        _watched(api=_service("example/api:1", kind="redis"))
