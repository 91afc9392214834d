"""What the containers of a service are asked for: life, rights, limits, variables."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from graph.capture import capture
from graph.resource import Graph
from services.model import (
    BlkioConfig,
    Condition,
    Dependency,
    Deploy,
    Device,
    DeviceRate,
    DeviceRequest,
    Exposed,
    Healthcheck,
    Logging,
    NetworkAttachment,
    Reservations,
    ResourceLimits,
    RestartPolicy,
    Service,
    Ulimit,
)
from services.units import MIB
from tests.unit.services.on_docker.deployed import CONTAINER, REMOTE_IMAGE, Deployed, inputs, one_service, run


def test_what_is_not_written_is_not_asked_for() -> None:
    assert inputs(one_service()).keys() == {
        "attach",
        "destroyGraceSeconds",
        "envs",
        "image",
        "init",
        "labels",
        "logDriver",
        "logOpts",
        "logs",
        "mounts",
        "mustRun",
        "networksAdvanced",
        "ports",
        "readOnly",
        "restart",
        "securityOpts",
        "stopTimeout",
        "tmpfs",
        "wait",
    }


WRITTEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"container_name": "shop-web"}, {"name": "shop-web"}),
    (
        {"entrypoint": ("serve", ""), "command": ("--port", "80")},
        {"entrypoints": ["serve", ""], "command": ["--port", "80"]},
    ),
    ({"working_dir": "/srv", "user": "10001"}, {"workingDir": "/srv", "user": "10001"}),
    ({"group_add": ("audio", "44")}, {"groupAdds": ["audio", "44"]}),
    ({"restart": "on-failure:3"}, {"restart": "on-failure", "maxRetryCount": 3}),
    (
        {"deploy": Deploy(restart_policy=RestartPolicy(condition="on-failure", max_attempts=5))},
        {"restart": "on-failure", "maxRetryCount": 5},
    ),
    ({"restart": "unless-stopped"}, {"restart": "unless-stopped"}),
    (
        {"stop_signal": "SIGQUIT", "stop_grace_period": timedelta(seconds=1.5)},
        {"stopSignal": "SIGQUIT", "stopTimeout": 2, "destroyGraceSeconds": 2},
    ),
    ({"tty": True, "stdin_open": True, "init": True}, {"tty": True, "stdinOpen": True, "init": True}),
    ({"logging": Logging(driver="local")}, {"logDriver": "local", "logOpts": {}}),
    ({"privileged": True}, {"privileged": True, "securityOpts": ["no-new-privileges", "label=disable"]}),
    (
        {"cap_add": ("net_admin",), "cap_drop": ("ALL",)},
        {"capabilities": {"adds": ["CAP_NET_ADMIN"], "drops": ["ALL"]}},
    ),
    (
        {"userns_mode": "host", "pid": "host", "ipc": "shareable"},
        {
            "usernsMode": "host",
            "pidMode": "host",
            "ipcMode": "shareable",
            "securityOpts": ["no-new-privileges", "label=disable"],
        },
    ),
    ({"cgroup": "private", "cgroup_parent": "/shop"}, {"cgroupnsMode": "private", "cgroupParent": "/shop"}),
    ({"runtime": "runsc", "platform": "linux/arm64"}, {"runtime": "runsc", "platform": "linux/arm64"}),
    ({"sysctls": {"net.core.somaxconn": "1024"}}, {"sysctls": {"net.core.somaxconn": "1024"}}),
    (
        {"ulimits": {"nproc": Ulimit(soft=-1, hard=-1), "nofile": Ulimit(soft=1, hard=2)}},
        {"ulimits": [{"name": "nofile", "soft": 1, "hard": 2}, {"name": "nproc", "soft": -1, "hard": -1}]},
    ),
    (
        {"devices": (Device(source="/dev/fuse"), Device(source="/dev/a", target="/dev/b", permissions="r"))},
        {
            "devices": [
                {"hostPath": "/dev/fuse", "containerPath": "/dev/fuse", "permissions": "rwm"},
                {"hostPath": "/dev/a", "containerPath": "/dev/b", "permissions": "r"},
            ]
        },
    ),
    (
        {"devices": (Device(source="vendor.com/net=eth0"),), "device_cgroup_rules": ("c 1:3 mr",)},
        {
            "deviceRequests": [{"driver": "cdi", "deviceIds": ["vendor.com/net=eth0"]}],
            "deviceCgroupRules": ["c 1:3 mr"],
        },
    ),
    (
        {"gpus": (DeviceRequest(count=2, driver="nvidia", options={"virtualization": "false"}),)},
        {
            "deviceRequests": [
                {"count": 2, "driver": "nvidia", "options": {"virtualization": "false"}, "capabilities": ["gpu"]}
            ]
        },
    ),
    (
        {"mem_limit": 512 * MIB, "mem_reservation": 256 * MIB, "memswap_limit": 768 * MIB, "shm_size": 128 * MIB},
        {"memory": 512, "memoryReservation": 256, "memorySwap": 768, "shmSize": 128},
    ),
    (
        {"deploy": Deploy(resources=ResourceLimits(reservations=Reservations(memory=64 * MIB)))},
        {"memoryReservation": 64},
    ),
    ({"mem_limit": 512 * MIB}, {"memory": 512, "memorySwap": 512}),
    ({"cpus": 0.5, "cpu_shares": 512, "cpuset": "0,1"}, {"cpus": "0.5", "cpuShares": 512, "cpuSet": "0,1"}),
    ({"cpu_period": 50_000, "cpu_quota": 25_000}, {"cpuPeriod": 50_000, "cpuQuota": 25_000}),
    (
        {
            "blkio_config": BlkioConfig(
                device_read_bps=(DeviceRate(path="/dev/a", rate=1),),
                device_read_iops=(DeviceRate(path="/dev/a", rate=2),),
                device_write_bps=(DeviceRate(path="/dev/a", rate=3),),
                device_write_iops=(DeviceRate(path="/dev/a", rate=4),),
            )
        },
        {
            "deviceReadBps": [{"path": "/dev/a", "rate": 1}],
            "deviceReadIops": [{"path": "/dev/a", "rate": 2}],
            "deviceWriteBps": [{"path": "/dev/a", "rate": 3}],
            "deviceWriteIops": [{"path": "/dev/a", "rate": 4}],
        },
    ),
    ({"storage_opt": {"size": "1G"}}, {"storageOpts": {"size": "1G"}}),
]


@pytest.mark.parametrize(("keys", "expected"), WRITTEN, ids=[", ".join(keys) for keys, _ in WRITTEN])
def test_what_is_written_is_asked_for(keys: dict[str, Any], expected: dict[str, Any]) -> None:
    plain, found = inputs(one_service()), inputs(one_service(**keys))
    assert {key: value for key, value in found.items() if plain.get(key) != value or key in expected} == expected


CHECKS: list[tuple[Healthcheck, dict[str, Any]]] = [
    (Healthcheck(disable=True), {"tests": ["NONE"]}),
    (Healthcheck(test=("NONE",)), {"tests": ["NONE"]}),
    (Healthcheck(interval=timedelta(seconds=5), retries=9), {"interval": "5s", "retries": 9}),
    (Healthcheck(interval=timedelta(0), timeout=timedelta(0), retries=9), {"retries": 9}),
    (
        Healthcheck(test=("CMD", "true"), start_interval=timedelta(seconds=1)),
        {
            "tests": ["CMD", "true"],
            "interval": "30s",
            "timeout": "30s",
            "startPeriod": "0s",
            "startInterval": "1s",
            "retries": 3,
        },
    ),
]


@pytest.mark.parametrize(("check", "expected"), CHECKS, ids=["off", "none", "the image's, changed", "zeros", "whole"])
def test_a_health_check_is_off_or_whole_or_changes_the_image_s_own(
    check: Healthcheck, expected: dict[str, Any]
) -> None:
    assert inputs(one_service(healthcheck=check))["healthcheck"] == expected


def test_a_change_that_the_provider_would_only_remember_replaces_the_container() -> None:
    assert set(run(one_service()).containers["web-1"].request.replaceOnChanges) == {
        "cpuPeriod",
        "cpuQuota",
        "healthcheck",
        "init",
        "memoryReservation",
        "tmpfs",
    }


def test_the_image_is_that_of_the_service_s_platform() -> None:
    pulled = run(one_service(platform="linux/arm64")).of(REMOTE_IMAGE)["web"].inputs
    assert (pulled["name"], pulled["platform"]) == ("web:1", "linux/arm64")


def test_one_reference_on_two_platforms_is_two_images() -> None:
    web = one_service().services["web"]
    services = {"web": web, "arm": web.model_copy(update={"platform": "linux/arm64"}), "same": web}
    deployed = run(one_service().model_copy(update={"services": services}))
    assert set(deployed.of(REMOTE_IMAGE)) == {"web", "arm"}


def dependent(*, restart: bool = False, condition: Condition = Condition.STARTED, required: bool = True) -> Deployed:
    edge = {"edge": NetworkAttachment()}
    dependency = Dependency(condition=condition, restart=restart, required=required)
    services = {
        "web": Service(image="web:1", networks=edge, depends_on={"store": dependency}),
        "store": Service(image="store:1", networks=edge, expose=(Exposed(first=1),), scale=2),
    }
    return run(one_service().model_copy(update={"services": services}))


def test_a_dependant_may_be_declared_before_what_it_waits_for() -> None:
    assert {"store-1", "store-2"} <= dependent().containers["web-1"].dependencies


def test_a_dependant_is_renewed_with_what_it_depends_on_where_it_says_so() -> None:
    assert not dependent().containers["web-1"].request.HasField("replacement_trigger")
    trigger = dependent(restart=True).containers["web-1"].request.replacement_trigger
    assert [value.string_value for value in trigger.list_value.values] == ["", "store-1-id", "store-2-id"]


def test_what_is_not_required_and_not_there_is_not_waited_for() -> None:
    dependency = Dependency(required=False)
    assert run(one_service(depends_on={"gone": dependency})).containers["web-1"].dependencies >= {"web"}


CANARY = "correct-horse-battery"


@pytest.fixture(scope="module")
def with_a_secret_variable() -> Graph:
    environment = {"TOKEN": SecretStr(CANARY), "LEVEL": "debug"}
    web = Service(image="web:1", networks={"edge": NetworkAttachment()}, environment=environment)
    application = one_service().model_copy(update={"services": {"web": web}})
    return capture("dev", application=application, config={"services:replicas": None, "observability:parts": None})


def test_a_secret_variable_makes_the_environment_secret_in_inputs_and_outputs(with_a_secret_variable: Graph) -> None:
    container = with_a_secret_variable.one(CONTAINER, "web-1")
    assert container.inputs["envs"] == ["LEVEL=debug", f"TOKEN={CANARY}"]
    assert container.is_secret(("envs",))
    asked = run(one_service(environment={"TOKEN": SecretStr(CANARY)})).containers["web-1"].request
    assert set(asked.additionalSecretOutputs) == {"containerLogs", "envs"}


def test_the_value_of_a_secret_variable_is_nowhere_in_plain(with_a_secret_variable: Graph) -> None:
    for resource in with_a_secret_variable:
        assert not any(CANARY in text for _, text in resource.plain_texts())
    assert CANARY not in repr(with_a_secret_variable.exports)


def test_plain_variables_can_be_read_in_a_preview() -> None:
    application = one_service(environment={"B": "2", "A": "1=1"})
    container = run(application).containers["web-1"]
    assert container.inputs["envs"] == ["A=1=1", "B=2"]
    assert list(container.request.additionalSecretOutputs) == ["containerLogs"]
