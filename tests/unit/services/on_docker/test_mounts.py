"""Volumes on a Docker engine, and what containers mount."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from services import sources
from services.model import (
    Application,
    BindOptions,
    Config,
    ConfigMount,
    Dependency,
    NetworkAttachment,
    Secret,
    SecretMount,
    Service,
    TmpfsOptions,
    Volume,
    VolumeMount,
    VolumeOptions,
)
from tests.unit.services.on_docker.deployed import VOLUME, Registered, inputs, one_service, run


def with_volumes(volumes: Mapping[str, Volume], *mounts: VolumeMount) -> Application:
    return one_service(volumes=mounts).model_copy(update={"volumes": volumes})


def declared(volume: Volume) -> Registered:
    return run(with_volumes({"data": volume})).of(VOLUME)["data"]


def test_a_volume_takes_what_is_written() -> None:
    volume = Volume(name="shop-data", driver="nfs", driver_opts={"share": "10.0.0.9:/data"}, labels={"tier": "data"})
    assert declared(volume).inputs == {
        "name": "shop-data",
        "driver": "nfs",
        "driverOpts": {"share": "10.0.0.9:/data"},
        "labels": [{"label": "tier", "value": "data"}],
    }


def test_a_volume_without_a_name_is_named_after_application_and_stack() -> None:
    assert declared(Volume()).inputs == {"name": "shop-dev-data"}


def test_an_external_volume_is_mounted_by_its_name_and_not_declared() -> None:
    volumes = {"data": Volume(external=True, name="outside"), "more": Volume(external=True)}
    deployed = run(
        with_volumes(volumes, VolumeMount(source="data", target="/data"), VolumeMount(source="more", target="/more"))
    )
    assert deployed.of(VOLUME) == {}
    assert [mount["source"] for mount in deployed.containers["web-1"].inputs["mounts"]] == ["outside", "more"]


MOUNTED: list[tuple[VolumeMount, dict[str, Any]]] = [
    (
        VolumeMount(source="data", target="/data"),
        {"type": "volume", "source": "shop-dev-data", "target": "/data", "readOnly": False},
    ),
    (
        VolumeMount(
            source="data",
            target="/data",
            read_only=True,
            volume=VolumeOptions(nocopy=True, subpath="part", labels={"tier": "data"}),
        ),
        {
            "type": "volume",
            "source": "shop-dev-data",
            "target": "/data",
            "readOnly": True,
            "volumeOptions": {"noCopy": True, "subpath": "part", "labels": [{"label": "tier", "value": "data"}]},
        },
    ),
    (VolumeMount(target="/cache"), {"type": "volume", "target": "/cache", "readOnly": False}),
    (VolumeMount(type="tmpfs", target="/run"), {"type": "tmpfs", "target": "/run", "readOnly": False}),
    (
        VolumeMount(type="tmpfs", target="/run", tmpfs=TmpfsOptions(size=1 << 20, mode=0o1777)),
        {
            "type": "tmpfs",
            "target": "/run",
            "readOnly": False,
            "tmpfsOptions": {"sizeBytes": 1 << 20, "mode": 0o1777},
        },
    ),
    (
        VolumeMount(type="bind", source="/srv/data", target="/data", bind=BindOptions(propagation="rshared")),
        {
            "type": "bind",
            "source": "/srv/data",
            "target": "/data",
            "readOnly": False,
            "bindOptions": {"propagation": "rshared"},
        },
    ),
    (
        VolumeMount(type="bind", source="docs", target="/docs", bind=BindOptions(create_host_path=False)),
        {"type": "bind", "source": f"{sources.PROJECT}/docs", "target": "/docs", "readOnly": False},
    ),
]


@pytest.mark.parametrize(
    ("mount", "expected"), MOUNTED, ids=[repr(mount.model_dump(exclude_defaults=True)) for mount, _ in MOUNTED]
)
def test_a_mount_takes_what_is_written(mount: VolumeMount, expected: dict[str, Any]) -> None:
    found = inputs(with_volumes({"data": Volume()}, mount))
    assert found["mounts"] == [expected]
    assert "volumes" not in found


def test_a_path_that_may_be_made_is_a_bind_of_the_engine_s_older_kind() -> None:
    mount = VolumeMount(type="bind", source="../site", target="/site", read_only=True, bind=BindOptions(selinux="z"))
    found = inputs(with_volumes({}, mount))
    assert found["mounts"] == []
    assert found["volumes"] == [
        {
            "hostPath": str(Path(sources.PROJECT).parent / "site"),
            "containerPath": "/site",
            "readOnly": True,
            "selinuxRelabel": "z",
        }
    ]


def test_paths_are_relative_to_the_application_s_own_directory() -> None:
    mount = VolumeMount(type="bind", source="site", target="/site")
    application = with_volumes({}, mount).model_copy(update={"directory": "../shop"})
    assert inputs(application)["volumes"][0]["hostPath"] == str(Path(sources.PROJECT).parent / "shop" / "site")


def test_the_mounts_of_other_containers_come_by_their_id_or_name() -> None:
    edge = {"edge": NetworkAttachment()}
    web = Service(
        image="web:1",
        networks=edge,
        volumes_from=("store:ro", "store", "container:backup:ro"),
        depends_on={"store": Dependency()},
    )
    services = {"web": web, "store": Service(image="store:1", networks=edge)}
    application = one_service().model_copy(update={"services": services})
    assert [item["fromContainer"] for item in inputs(application)["volumes"]] == [
        "store-1-id:ro",
        "store-1-id",
        "backup:ro",
    ]


def test_temporary_file_systems_carry_their_options() -> None:
    assert inputs(one_service(tmpfs=("/tmp", "/run:size=16m,mode=0700")))["tmpfs"] == {
        "/tmp": "",
        "/run": "size=16m,mode=0700",
    }


def test_secrets_and_configs_are_read_only_files_where_their_mounts_say() -> None:
    application = one_service(
        secrets=(SecretMount(source="key"), SecretMount(source="key", target="/etc/app/key")),
        configs=(ConfigMount(source="motd"), ConfigMount(source="motd", target="/etc/motd")),
    ).model_copy(update={"secrets": {"key": Secret(environment="KEY")}, "configs": {"motd": Config(content="hello")}})
    deployed = run(application, variables={"KEY": "hunter2"})
    container = deployed.containers["web-1"]
    assert [(mount["target"], *Path(mount["source"]).parts[-5:]) for mount in container.inputs["mounts"]] == [
        ("/run/secrets/key", ".secrets", "dev", "web-1", "secrets", "key"),
        ("/etc/app/key", ".secrets", "dev", "web-1", "secrets", "%2Fetc%2Fapp%2Fkey"),
        ("/motd", ".secrets", "dev", "web-1", "configs", "motd"),
        ("/etc/motd", ".secrets", "dev", "web-1", "configs", "%2Fetc%2Fmotd"),
    ]
    assert all((mount["type"], mount["readOnly"]) == ("bind", True) for mount in container.inputs["mounts"])
    assert container.request.HasField("replacement_trigger")
    for item in deployed.by_name.values():
        assert "hunter2" not in str(item.request)
        assert "hello" not in str(item.request)
