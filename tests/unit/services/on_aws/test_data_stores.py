"""Where the data of databases, search engines and the like may be on AWS, and what is told of it."""

from collections.abc import Mapping
from typing import Literal

import pytest

from services.model import VolumeMount
from services.on_aws.data_stores import DATA_STORES
from services.on_aws.rules import problems
from services.x_aws import ServiceOnAws
from tests.unit.services.on_aws.described import DIGEST, FRONTEND, MARIADB, POSTGRES, RDS, bind, web, with_services

DATA = (VolumeMount(source="data", target="/data"),)


@pytest.mark.parametrize(
    ("image", "environment", "kind"),
    [("postgres:17", POSTGRES, "rds"), ("mariadb:11.4", MARIADB, "rds"), ("redis:7", {}, "elasticache")],
)
def test_a_store_that_a_managed_service_replaces_is_told_which_one(
    image: str, environment: Mapping[str, str], kind: Literal["rds", "elasticache"]
) -> None:
    service = web(image=image + DIGEST, volumes=DATA, environment=environment)
    [found] = problems(with_services(web=service))
    assert found.text.endswith(
        f": set x-aws.managed to {kind}; run it outside of this stack, on a host with a disk of its own; or mount a "
        "tmpfs there if the data may go with the task"
    )
    managed = service.model_copy(update={"x_aws": ServiceOnAws(managed=kind)})
    assert problems(with_services(web=managed)) == []


@pytest.mark.parametrize("image", sorted({*DATA_STORES} - {"postgres", "mysql", "mariadb"}))
def test_a_store_that_no_managed_service_replaces_is_not_sent_to_one(image: str) -> None:
    [found] = problems(with_services(web=web(image=f"{image}:1{DIGEST}", volumes=DATA)))
    assert found.text.endswith(
        ": no x-aws.managed replaces it; run it outside of this stack, on a host with a disk of its own; or mount a "
        "tmpfs there if the data may go with the task"
    )
    assert problems(with_services(web=web(image=f"{image}:1{DIGEST}", tmpfs=(DATA_STORES[image],)))) == []


@pytest.mark.parametrize(
    ("image", "target"),
    [
        ("pgvector/pgvector:pg17", "/var/lib/postgresql/data"),
        ("bitnami/postgresql:17", "/bitnami/postgresql"),
        ("mcr.microsoft.com/mssql/server:2022-latest", "/var/opt/mssql"),
        ("example/own-database:1", "/var/lib/mysql"),
        ("example/own-database:1", "/data/db/"),
        ("influxdb:2", "/somewhere"),
        ("redis/redis-stack:7", "/data"),
    ],
)
def test_a_store_is_known_by_its_image_or_by_where_its_data_is(image: str, target: str) -> None:
    mounted = web(image=image + DIGEST, volumes=(VolumeMount(source="data", target=target),))
    [found] = problems(with_services(web=mounted))
    assert "keeps its data on 'data', which is a network file system on AWS" in found.text


@pytest.mark.parametrize("target", ["/data", "/var/lib/mysql-files", "/var/www/html"])
def test_a_volume_of_what_is_no_store_is_taken(target: str) -> None:
    mounted = web(image=f"example/pages:1{DIGEST}", volumes=(VolumeMount(source="data", target=target),))
    assert problems(with_services(web=mounted)) == []


@pytest.mark.parametrize("image", sorted(DATA_STORES))
def test_a_store_without_a_place_for_its_data_loses_it_with_each_task(image: str) -> None:
    [found] = problems(with_services(web=web(image=f"{image}:1{DIGEST}")))
    assert found.text.startswith(f"{image} keeps its data in {DATA_STORES[image]}, which goes with each task: ")


@pytest.mark.parametrize("image", ["redis:7", "valkey/valkey:8", "memcached:1", "example/own:1"])
def test_a_cache_needs_no_place_for_data(image: str) -> None:
    assert problems(with_services(web=web(image=image + DIGEST))) == []


def test_a_store_that_is_built_here_is_not_sent_to_a_managed_service() -> None:
    [found] = problems(with_services(web=web(image="postgres:17", build=FRONTEND, volumes=DATA)))
    assert "no x-aws.managed replaces it" in found.text


@pytest.mark.parametrize("source", ["nowhere", "services"])
def test_a_directory_of_this_machine_has_a_remedy_whether_it_is_there_or_not(source: str) -> None:
    [found] = problems(with_services(web=web(volumes=(bind(source, "/data"),))))
    assert found.text.endswith(
        ": COPY it to /data in a Dockerfile of the service (build), name its files one by one under configs, or use a "
        "named volume for data"
    )
    assert problems(with_services(web=web(volumes=DATA))) == []


@pytest.mark.parametrize("source", ["nowhere", "services"])
def test_the_data_directory_of_a_store_is_not_sent_to_a_named_volume(source: str) -> None:
    [found] = problems(with_services(web=web(image="mongo:8" + DIGEST, volumes=(bind(source, "/data/db"),))))
    assert "named volume" not in found.text
    assert found.text.endswith("or mount a tmpfs there if the data may go with the task")


def test_a_missing_directory_of_what_the_image_is_built_from_is_copied_in_its_dockerfile() -> None:
    mounts = (bind("services/frontend/nowhere"),)
    [found] = problems(with_services(web=web(image=None, build=FRONTEND, volumes=mounts)))
    assert "if a directory is meant, AWS has none of this machine: COPY it in the Dockerfile, and for" in found.text


def test_a_volume_that_a_managed_service_would_leave_empty_for_others_is_refused() -> None:
    data = (VolumeMount(source="data", target="/data"),)
    database = web(image="postgres:17", environment=POSTGRES, volumes=data, x_aws=RDS)
    assert problems(with_services(db=database)) == []
    [found] = problems(with_services(db=database, backup=web(volumes=data)))
    assert str(found).startswith(
        "services.db.volumes[0]: RDS keeps its data on storage of its own, so backup would find nothing in 'data': "
    )
