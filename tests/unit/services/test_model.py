"""The elements of the model: what they take, what they refuse, what they say of themselves."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.application import built_in
from services.model import ContainerPort, Healthcheck, Network, Port, SecretMount, Service
from services.x_aws import Scaling

WEB: Mapping[str, Any] = {"image": "web:1", "networks": {"edge": {}}}


def message(error: pytest.ExceptionInfo[ValidationError]) -> str:
    [problem] = error.value.errors()
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"


def refused(**update: object) -> str:
    with pytest.raises(ValidationError) as error:
        Service.model_validate({**WEB, **update})
    return message(error)


def test_an_unknown_key_is_refused_by_name() -> None:
    assert refused(imgae="web:2") == "imgae: Extra inputs are not permitted"


def test_a_value_of_the_wrong_type_is_not_converted() -> None:
    assert refused(read_only="yes") == "read_only: Input should be a valid boolean"


def test_elements_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Network().internal = True  # pyright: ignore[reportAttributeAccessIssue]


def test_a_service_without_image_and_build_is_refused() -> None:
    assert refused(image=None) == ": Value error, has neither image nor build: name an image, or a build context"


@pytest.mark.parametrize("name", ["-web", "web-", "web.1", "", "w" * 41])
def test_a_name_that_no_target_can_use_is_refused(name: str) -> None:
    assert refused(networks={name: {}}).startswith(f"networks.{name}.")
    assert refused(depends_on={name: {}}).startswith(f"depends_on.{name}.")


def test_a_name_that_becomes_one_of_dns_has_no_capital_letters() -> None:
    assert refused(depends_on={"Web": {}}).startswith("depends_on.Web.")
    assert Service.model_validate({**WEB, "networks": {"Web": {}}}).networks.keys() == {"Web"}


@pytest.mark.parametrize("number", [0, 65536])
def test_a_port_is_a_port_number(number: int) -> None:
    with pytest.raises(ValidationError) as error:
        Port(target=number)
    assert message(error).startswith("target: ")


def test_declared_ports_are_those_of_ports_and_expose_once_and_in_order() -> None:
    service = Service.model_validate({**WEB, "ports": ({"target": 8080},), "expose": (9000, 80, 8080)})
    assert service.declared_ports == (ContainerPort(80), ContainerPort(8080), ContainerPort(9000))


def test_a_health_check_says_how_its_command_is_run() -> None:
    with pytest.raises(ValidationError) as error:
        Healthcheck(test=("curl", "localhost"))
    assert message(error) == ": Value error, test starts with 'curl': the first item is 'NONE', 'CMD' or 'CMD-SHELL'"


def test_a_shell_health_check_is_one_command_line() -> None:
    with pytest.raises(ValidationError) as error:
        Healthcheck(test=("CMD-SHELL", "curl", "localhost"))
    assert message(error) == ": Value error, test: 'CMD-SHELL' takes one string, the command line for the shell"


def test_durations_may_be_written_as_in_compose() -> None:
    check = Healthcheck.model_validate({"test": ("CMD", "true"), "interval": "1m30s"})
    assert check.interval == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("key", "zero"),
    [
        *((key, zero) for key in ("interval", "timeout", "start_period", "start_interval") for zero in ("0s", "0m0s")),
        ("interval", timedelta(0)),
        ("retries", 0),
    ],
)
def test_a_zero_of_a_health_check_is_what_is_not_written(key: str, zero: object) -> None:
    check = Healthcheck.model_validate({"test": ("CMD", "true"), key: zero})
    assert check == Healthcheck(test=("CMD", "true"))
    assert check.model_fields_set == {"test"}


@pytest.mark.parametrize(
    ("target", "path"),
    [(None, "/run/secrets/key"), ("other", "/run/secrets/other"), ("/etc/key.pem", "/etc/key.pem")],
)
def test_a_secret_lies_below_run_secrets_unless_its_target_is_a_path(target: str | None, path: str) -> None:
    assert SecretMount(source="key", target=target).path == path


def test_scaling_follows_something() -> None:
    with pytest.raises(ValidationError) as error:
        Scaling(max_replicas=2, cpu_percent=None, memory_percent=None)
    assert message(error) == ": Value error, follows neither cpu_percent nor memory_percent: set one of them"


def test_x_aws_goes_by_its_compose_name() -> None:
    assert Service.model_validate({**WEB, "x-aws": {"managed": "rds"}}).x_aws.managed == "rds"


def test_jobs_are_what_somebody_waits_for_to_end() -> None:
    assert built_in().one_shot_services == {"migrate"}
