"""Values in the forms of Docker and its provider."""

from datetime import timedelta
from typing import Any

import pytest

from services.model import Device, DeviceRequest, Healthcheck, Logging, Port, Protocol, Service
from services.on_docker import values
from services.units import MIB


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(microseconds=15), "15\N{MICRO SIGN}s"),
        (timedelta(milliseconds=500), "500ms"),
        (timedelta(microseconds=1500), "1.5ms"),
        (timedelta(seconds=10), "10s"),
        (timedelta(seconds=1.5), "1.5s"),
        (timedelta(seconds=60), "1m0s"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(hours=1), "1h0m0s"),
    ],
)
def test_durations_read_as_docker_writes_them(value: timedelta, text: str) -> None:
    assert values.duration(value) == text


def test_waiting_ends_after_the_engine_s_verdict() -> None:
    check = Healthcheck(
        test=("CMD", "true"),
        interval=timedelta(seconds=10),
        timeout=timedelta(seconds=2),
        retries=3,
        start_period=timedelta(seconds=30),
    )
    assert values.health_deadline_seconds(check) == 30 + 4 * 12 + 15


@pytest.mark.parametrize(("name", "form"), [("all", "ALL"), ("NET_RAW", "CAP_NET_RAW"), ("cap_chown", "CAP_CHOWN")])
def test_capabilities_read_as_the_engine_writes_them(name: str, form: str) -> None:
    assert values.capability(name) == form


def test_a_tmpfs_entry_may_carry_mount_options() -> None:
    assert values.tmpfs("/cache:size=64m,mode=0700") == ("/cache", "size=64m,mode=0700")


@pytest.mark.parametrize(
    ("swap_bytes", "mib"), [(None, 512), (0, 512), (-1, -1), (768 * MIB, 768), (768 * MIB + 1, 768)]
)
def test_swap_is_the_memory_limit_unless_written(swap_bytes: int | None, mib: int) -> None:
    service = Service(image="web:1", mem_limit=512 * MIB, memswap_limit=swap_bytes)
    assert values.memory_with_swap_mib(service) == mib


def test_without_a_limit_swap_is_the_engine_s_choice() -> None:
    assert values.memory_with_swap_mib(Service(image="web:1")) is None


@pytest.mark.parametrize(
    ("logging", "driver", "options"),
    [
        (Logging(), "json-file", {"max-size": "20m", "max-file": "5", "labels": "infra.service"}),
        (
            Logging(options={"tag": "x"}),
            "json-file",
            {"max-size": "20m", "max-file": "5", "tag": "x", "labels": "infra.service"},
        ),
        (
            Logging(driver="json-file", options={"max-file": "9"}),
            "json-file",
            {"max-size": "20m", "max-file": "9", "labels": "infra.service"},
        ),
        (Logging(options={"max-size": "1g"}), "json-file", {"max-size": "1g", "labels": "infra.service"}),
        (
            Logging(options={"labels": "team"}),
            "json-file",
            {"max-size": "20m", "max-file": "5", "labels": "team,infra.service"},
        ),
        (Logging(driver="gelf", options={"gelf-address": "udp://l:1"}), "gelf", {"gelf-address": "udp://l:1"}),
        (Logging(driver="none"), "none", {}),
    ],
)
def test_log_files_rotate_and_name_the_service_and_other_drivers_are_as_written(
    logging: Logging, driver: str, options: dict[str, str]
) -> None:
    assert values.log_driver(logging) == (driver, options)


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ((), ["no-new-privileges"]),
        (("apparmor=mine",), ["no-new-privileges", "apparmor=mine"]),
        (("label:disable",), ["no-new-privileges", "label:disable"]),
        (("no-new-privileges:false",), ["no-new-privileges:false"]),
        (("no-new-privileges=true", "seccomp=unconfined"), ["no-new-privileges=true", "seccomp=unconfined"]),
    ],
)
def test_no_new_privileges_is_on_unless_the_file_says_otherwise_by_name(
    written: tuple[str, ...], options: list[str]
) -> None:
    assert values.security_options(Service(image="web:1", security_opt=written), {}) == options


def test_a_seccomp_profile_goes_to_the_engine_as_its_content() -> None:
    service = Service(image="web:1", security_opt=("seccomp:./seccomp.json",))
    assert values.security_options(service, {"./seccomp.json": '{ "defaultAction": "X" }'}) == [
        "no-new-privileges",
        'seccomp={"defaultAction":"X"}',
    ]


@pytest.mark.parametrize("keys", [{"privileged": True}, {"pid": "host"}, {"ipc": "host"}])
def test_what_is_not_apart_from_the_host_has_no_labels_unless_written(keys: dict[str, Any]) -> None:
    plain, labelled = Service(image="web:1", **keys), Service(image="web:1", security_opt=("label=type:x",), **keys)
    assert values.security_options(plain, {}) == ["no-new-privileges", "label=disable"]
    assert values.security_options(labelled, {}) == ["no-new-privileges", "label=type:x"]


def test_requests_for_devices_come_from_three_keys() -> None:
    service = Service.model_validate(
        {
            "image": "web:1",
            "gpus": ({"count": 1, "capabilities": ("utility",)}, {}),
            "devices": ({"source": "/dev/fuse"}, {"source": "vendor.com/net=eth0"}),
            "deploy": {"resources": {"reservations": {"devices": ({"capabilities": ("tpu",), "device_ids": ("3",)},)}}},
        }
    )
    assert values.device_requests(service) == [
        DeviceRequest(count=1, capabilities=("utility", "gpu")),
        DeviceRequest(count=-1, capabilities=("gpu",)),
        DeviceRequest(device_ids=("3",), capabilities=("tpu",)),
        DeviceRequest(driver="cdi", device_ids=("vendor.com/net=eth0",)),
    ]
    assert [values.is_cdi(Device(source=device.source)) for device in service.devices] == [False, True]


@pytest.mark.parametrize(
    ("port", "scheme"),
    [
        (Port(target=8080, published=80), "http"),
        (Port(target=8443, published=443), "https"),
        (Port(target=80), "http"),
        (Port(target=9000, app_protocol="http2"), "http"),
        (Port(target=9000, app_protocol="grpc"), "grpc"),
        (Port(target=80, published=5432), "tcp"),
        (Port(target=53, protocol=Protocol.UDP), "udp"),
    ],
)
def test_the_scheme_of_an_endpoint_says_what_is_spoken(port: Port, scheme: str) -> None:
    assert values.url_scheme(port) == scheme
