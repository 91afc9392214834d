"""The ground of resource hooks: AWS clients with the provider's settings, and records that hooks read."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol, Self, TypeVar, cast

import pulumi
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_exponential

T = TypeVar("T")


class HookError(RuntimeError):
    """What a hook requires is not so; the text says what happened and how to mend it."""


class AwsClient(Protocol):
    """A boto3 client, as far as hooks need one: operations by keyword, answers as plain objects."""

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        """Return an operation of the service."""
        ...


@dataclass(frozen=True, kw_only=True)
class AwsClients:
    """Makes AWS clients with the settings of the stack's provider. boto3 itself honours AWS_ENDPOINT_URL."""

    region: str
    profile: str | None

    def client(self, service: str) -> AwsClient:
        """Return a client of an AWS service."""
        import boto3  # a tenth of a second that only hooks need

        session = boto3.Session(region_name=self.region, profile_name=self.profile)
        return cast("AwsClient", session.client(service))  # pyright: ignore[reportUnknownMemberType, reportArgumentType, reportCallIssue]


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a marker says about a service: enough to check its rollout or run its job, and to roll back to it.

    `images` is container -> image digest. `ecs_service` is the name of the ECS service; None for a job. Nothing
    volatile is in it: the same deployment has the same record.
    """

    service: str
    cluster: str
    task_definition: str
    images: Mapping[str, str]
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    ecs_service: str | None

    def to_json(self) -> str:
        """Return the record as the value of a marker."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the value of a marker.

        Raises:
            TypeError: Its members are not those of a record.
        """
        members: dict[str, Any] = json.loads(text)
        for name in ("subnets", "security_groups"):
            members[name] = tuple(members[name])
        return cls(**members)

    def runs_the_same_as(self, other: "Record") -> bool:
        """Whether both run the same containers, wherever they are placed."""
        return (self.task_definition, self.images) == (other.task_definition, other.images)


def new_record(args: pulumi.ResourceHookArgs) -> Record:
    """Return the record that a marker is about to hold."""
    assert args.new_inputs is not None
    return Record.from_json(args.new_inputs["insecureValue"])


def old_record(args: pulumi.ResourceHookArgs) -> Record | None:
    """Return the record that a marker held before; None when it is new, or held something that is no record."""
    if not args.old_inputs:
        return None
    try:
        return Record.from_json(args.old_inputs["insecureValue"])
    except (KeyError, TypeError, ValueError):
        return None


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a hook waits, and the longest pause between two looks."""

    deadline_seconds: float
    longest_pause_seconds: float = 10.0

    def wait_for(self, look: Callable[[], T | None]) -> T | None:
        """Look until there is a result; return None when the deadline comes first."""
        looks = Retrying(
            stop=stop_after_delay(self.deadline_seconds),
            wait=wait_exponential(multiplier=self.longest_pause_seconds / 20, max=self.longest_pause_seconds),
            retry=retry_if_result(lambda result: result is None),
        )
        try:
            return looks(look)
        except RetryError:
            return None
