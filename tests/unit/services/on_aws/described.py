"""Services for the rules of AWS to judge."""

from typing import Any

from services.application import built_in
from services.model import Application, Build, NetworkAttachment, Service, Volume, VolumeMount
from services.x_aws import ServiceOnAws

DIGEST = "@sha256:" + "a" * 64
IMAGE = f"example/web:1{DIGEST}"
FRONTEND = Build(context="services/frontend")
RDS = ServiceOnAws(managed="rds")
POSTGRES = {"POSTGRES_PASSWORD": "long enough".replace(" ", "-")}
MARIADB = {"MARIADB_USER": "shop", "MARIADB_DATABASE": "shop", "MARIADB_PASSWORD": POSTGRES["POSTGRES_PASSWORD"]}


def web(**changes: Any) -> Service:
    return Service(image=changes.pop("image", IMAGE), networks={"edge": NetworkAttachment()}, **changes)


def with_services(**services: Service) -> Application:
    application = built_in()
    return application.model_copy(
        update={"services": {**application.services, **services}, "volumes": {"data": Volume()}}
    )


def bind(source: str, target: str = "/etc/app") -> VolumeMount:
    return VolumeMount(type="bind", source=source, target=target)
