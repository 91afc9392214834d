"""What Fargate refuses of a container, where it depends on the value; pure.

Sources: Amazon ECS Developer Guide, "Amazon ECS task definition parameters for Fargate"; Amazon ECS API Reference,
SystemControl, LogConfiguration.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from services.model import Application, Service
from services.on_aws.container_values import AWSLOGS_OPTIONS, FREE_STORAGE_GIB, capability
from services.on_aws.fargate import ADDABLE_CAPABILITIES, LIMITS, SETTABLE_ULIMITS, is_settable_control
from services.on_aws.preparation import SECRETS_DIRECTORY
from services.on_aws.sizes import FargateError, memory_reservation_bytes, size_of, too_large
from services.problems import Problem
from services.units import GIB, MIB, parse_bytes

MAX_STORAGE_GIB: Final = 200
_SMALLEST_MEMORY_MIB: Final = 6

_TAG_KEY: Final = re.compile(r"(?!aws:)[\w .:/=+@-]{1,128}")
_TAG_VALUE: Final = re.compile(r"[\w .:/=+@-]{0,256}")

_LOG_DRIVERS: Final = frozenset({None, "json-file", "local", "awslogs"})
_LOG_ROTATION: Final = frozenset({"max-size", "max-file", "compress"})
"""Options that bound the engine's own files; the log group's retention is in their place."""


def _durations(_: str, service: Service, __: Application) -> Iterator[Problem]:
    check = service.healthcheck
    values: dict[str, timedelta | int] = {"stop_grace_period": service.stop_grace_period}
    if check is not None and not check.is_off:
        values |= {
            "healthcheck.interval": check.interval,
            "healthcheck.timeout": check.timeout,
            "healthcheck.retries": check.retries,
            "healthcheck.start_period": check.start_period,
        }
    for key, value in values.items():
        number = value.total_seconds() if isinstance(value, timedelta) else value
        if problem := LIMITS[key].problem(number):
            yield Problem(tuple(key.split(".")), f"{problem} (Fargate)")
        elif number != int(number):
            yield Problem(
                tuple(key.split(".")), f"{number:g} s is no whole number of seconds, and AWS knows no other: round it"
            )


def _healthcheck(_: str, service: Service, __: Application) -> Iterator[Problem]:
    check = service.healthcheck
    if check is not None and not check.is_off and not check.test:
        yield Problem(
            ("healthcheck", "test"), "is not set, and ECS does not look at the check that the image brings: write it"
        )


def _size(_: str, service: Service, __: Application) -> Iterator[Problem]:
    if service.x_aws.size is None:
        for path, text in too_large(service):
            yield Problem(path, text)
    else:
        try:
            size_of(service)
        except FargateError as error:
            yield Problem(("x-aws", "size"), str(error))
    limit, reservation = service.memory_limit_bytes, memory_reservation_bytes(service)
    if limit and reservation and reservation > limit:
        yield Problem(
            ("mem_reservation",),
            f"{reservation} bytes are more than the limit of {limit}: lower it, or raise the limit",
        )
    for key, value in (("mem_limit", limit), ("mem_reservation", reservation)):
        if value and value < _SMALLEST_MEMORY_MIB * MIB:
            yield Problem((key,), f"{value} bytes are less than the {_SMALLEST_MEMORY_MIB} MiB that a container needs")


def _storage(_: str, service: Service, __: Application) -> Iterator[Problem]:
    for option, value in service.storage_opt.items():
        if option != "size":
            yield Problem(("storage_opt", option), "Fargate knows size alone: take it out")
            continue
        try:
            size = parse_bytes(value)
        except ValueError as error:
            yield Problem(("storage_opt", "size"), str(error))
            continue
        assert isinstance(size, int)
        if size > MAX_STORAGE_GIB * GIB:
            yield Problem(
                ("storage_opt", "size"),
                f"{value!r} is more than the {MAX_STORAGE_GIB} GiB that a task can have ({FREE_STORAGE_GIB} it has "
                "anyway): ask for less, or use a named volume",
            )


def _capabilities(_: str, service: Service, __: Application) -> Iterator[Problem]:
    for index, name in enumerate(service.cap_add):
        if capability(name) not in ADDABLE_CAPABILITIES:
            yield Problem(
                ("cap_add", index),
                f"{name!r}: Fargate grants {', '.join(sorted(ADDABLE_CAPABILITIES))} alone beside those that every "
                "container has: take it out, or `!reset` it in a second file for this stack",
            )


def _ulimits(_: str, service: Service, __: Application) -> Iterator[Problem]:
    for name, limit in service.ulimits.items():
        if name not in SETTABLE_ULIMITS:
            yield Problem(("ulimits", name), "Fargate lets nofile alone be set: take it out")
        elif not 0 < limit.soft <= limit.hard:
            yield Problem(("ulimits", name), f"soft {limit.soft}, hard {limit.hard}: write 0 < soft <= hard")


def _sysctls(_: str, service: Service, __: Application) -> Iterator[Problem]:
    for name in service.sysctls:
        if not is_settable_control(name):
            yield Problem(
                ("sysctls", name),
                "Fargate lets net.*, fs.mqueue.* and the kernel's msg*, sem and shm* be set: take it out",
            )


def _logging(_: str, service: Service, __: Application) -> Iterator[Problem]:
    if service.logging.driver not in _LOG_DRIVERS:
        yield Problem(
            ("logging", "driver"),
            f"{service.logging.driver!r}: logs go to CloudWatch Logs: take it out, or write json-file or awslogs",
        )
    for option in service.logging.options:
        if option not in AWSLOGS_OPTIONS | _LOG_ROTATION:
            yield Problem(
                ("logging", "options", option),
                f"is none of {', '.join(sorted(AWSLOGS_OPTIONS))}, and the log group is the stack's own: take it out",
            )


def _secrets(_: str, service: Service, __: Application) -> Iterator[Problem]:
    for index, mount in enumerate(service.secrets):
        directory, _, file = mount.path.rpartition("/")
        key = ("secrets", index, "target")
        if not file:
            yield Problem(key, f"{mount.path!r} is a directory: write the file's name, as {mount.source!r}")
        elif directory != SECRETS_DIRECTORY:
            yield Problem(
                key,
                f"{mount.path!r} is not directly below {SECRETS_DIRECTORY}, and a mount elsewhere would hide "
                f"what the image has there: write {file!r}; a service that reads no other path finds it by a link in "
                f"its Dockerfile (RUN ln -s {SECRETS_DIRECTORY}/{file} {mount.path})",
            )


def _ending(name: str, service: Service, application: Application) -> Iterator[Problem]:
    if name in application.one_shot_services:
        if service.x_aws.scaling is not None:
            yield Problem(("x-aws", "scaling"), "a job runs once and has nothing to scale: remove it")
        return
    says = service.restart is not None or service.deploy.restart_policy.condition is not None
    if says and service.restart_policy[0] in {"no", "on-failure"}:
        key = ("restart",) if service.restart is not None else ("deploy", "restart_policy", "condition")
        value = service.restart or service.deploy.restart_policy.condition
        yield Problem(
            key,
            f"{value!r}, but ECS restarts every service that ends: use unless-stopped; or, where it is to end, let "
            "another service wait for it with service_completed_successfully, or write deploy: {mode: replicated-job}",
        )


def _stop_signal(_: str, service: Service, __: Application) -> Iterator[Problem]:
    signal = service.stop_signal
    if signal is not None and signal.upper().removeprefix("SIG") not in {"TERM", "15"}:
        yield Problem(
            ("stop_signal",),
            f"{signal!r}: Fargate sends SIGTERM unless the image says otherwise: write STOPSIGNAL {signal} into its "
            "Dockerfile, and take the key out",
        )


def _scaling(_: str, service: Service, __: Application) -> Iterator[Problem]:
    scaling = service.x_aws.scaling
    if scaling is not None and scaling.max_replicas < service.replicas:
        yield Problem(
            ("x-aws", "scaling", "max_replicas"),
            f"{scaling.max_replicas} is less than deploy.replicas ({service.replicas}): raise it",
        )


def _mode(_: str, service: Service, __: Application) -> Iterator[Problem]:
    if service.deploy.mode not in {None, "replicated", "replicated-job"}:
        yield Problem(
            ("deploy", "mode"),
            f"{service.deploy.mode!r}: Fargate has no nodes to put a task on each of: write replicated, or "
            "replicated-job for what runs to its end",
        )


def _labels(_: str, service: Service, __: Application) -> Iterator[Problem]:
    for name, value in service.deploy.labels.items():
        if (
            re.fullmatch(r"(?!aws:)[\w .:/=+@-]{1,128}", name) is None
            or re.fullmatch(r"[\w .:/=+@-]{0,256}", value) is None
        ):
            yield Problem(
                ("deploy", "labels", name),
                "becomes a tag of the ECS service, which has letters, digits, spaces and . : / = + - @ _: write others "
                "under labels, which are the container's",
            )


RULES: Final = (
    *(_durations, _healthcheck, _size, _storage, _capabilities, _ulimits, _sysctls, _logging, _secrets, _ending),
    *(_stop_signal, _scaling, _mode, _labels),
)


def of_networks(application: Application) -> Iterator[Problem]:
    """Drivers that make another network than one of security groups."""
    for name, network in application.networks.items():
        if network.driver not in {None, "bridge", "overlay"}:
            yield Problem(
                ("networks", name, "driver"), f"{network.driver!r}: networks are security groups on AWS: take it out"
            )
