"""Failures that a test orders in advance, and the one place that hands them out.

They live in the cloud's process and are ordered over its control endpoint (`Cloud.inject`), so that what the engine,
the program's hooks and the provider see is an answer of the cloud like any other.
"""

import threading
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from sandbox.call_keys import is_read


@dataclass(kw_only=True)
class CallOrder:
    """What is to happen at the Nth matching call, and `times` calls in a row. Operations are AWS's own names."""

    service: str = "*"
    """boto3's name of the service, or a pattern."""
    operation: str = "*"
    """`CreateVpc`, or a pattern; patterns match only calls that change something."""
    nth: int = 1
    times: int = 1
    seen: int = 0

    def strikes(self, service: str, operation: str) -> bool:
        """Counts a call; whether it is one of those that fail."""
        if not fnmatchcase(service, self.service) or not fnmatchcase(operation, self.operation):
            return False
        if "*" in self.operation and is_read(operation):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


@dataclass(kw_only=True)
class ApiFault(CallOrder):
    """The call is answered with an error."""

    kind: Literal["api"] = "api"
    code: str = "SandboxFault"
    status: int = 400
    """HTTP status; botocore repeats a call that was answered with 500."""
    message: str = "A failure that the sandbox was told to inject."


@dataclass(kw_only=True)
class Silence(CallOrder):
    """The call is carried out, its answer withheld until the orders are taken back: time to kill who waits for it."""

    kind: Literal["silence"] = "silence"
    withheld: int = 0
    """How many answers are."""


@dataclass(kw_only=True)
class JobFailure:
    """Tasks of a task definition family end with this exit code; `times` tasks, None for every one."""

    kind: Literal["job"] = "job"
    family: str = "*"
    exit_code: int = 1
    reason: str = "Essential container in task exited"
    times: int | None = 1


@dataclass(kw_only=True)
class RolloutFailure:
    """The next deployments of a service end in this status and are rolled back to what ran before."""

    kind: Literal["rollout"] = "rollout"
    service: str = "*"
    status: Literal["ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "STOPPED"] = "ROLLBACK_SUCCESSFUL"
    reason: str = "Tasks failed to start."
    times: int | None = 1


Injection = ApiFault | Silence | JobFailure | RolloutFailure
KINDS: dict[str, type[Injection]] = {
    "api": ApiFault,
    "silence": Silence,
    "job": JobFailure,
    "rollout": RolloutFailure,
}


def parse(value: dict[str, Any]) -> Injection:
    """The injection that a JSON object describes. Raises ValueError with what is wrong."""
    kind = KINDS.get(str(value.get("kind")))
    if kind is None:
        raise ValueError(f"`kind` must be one of {', '.join(KINDS)}, not {value.get('kind')!r}")
    try:
        return kind(**value)
    except TypeError as error:
        raise ValueError(str(error)) from error


@dataclass
class Injections:
    """What was ordered and not yet used up. Safe to use from many threads."""

    ordered: list[Injection] = field(default_factory=list[Injection])
    lock: threading.Lock = field(default_factory=threading.Lock)
    taken_back: threading.Event = field(default_factory=threading.Event)
    """Set, and another in its place, each time that all orders are taken back."""

    def add(self, injection: Injection) -> None:
        """Orders a failure."""
        with self.lock:
            self.ordered.append(injection)

    def clear(self) -> None:
        """Takes all orders back: everything is mended."""
        with self.lock:
            self.ordered.clear()
            self.taken_back.set()
            self.taken_back = threading.Event()

    def listed(self) -> list[dict[str, Any]]:
        """The orders as JSON objects, with how many calls each has seen."""
        with self.lock:
            return [asdict(item) for item in self.ordered]

    @property
    def waiting_for_calls(self) -> bool:
        """Whether any call may have to fail."""
        with self.lock:
            return any(isinstance(item, CallOrder) for item in self.ordered)

    def order_for(self, service: str, operation: str) -> ApiFault | Silence | None:
        """What was ordered for this call, if anything. Every order sees every call."""
        with self.lock:
            orders = [item for item in self.ordered if isinstance(item, (ApiFault, Silence))]
            struck = [item for item in orders if item.strikes(service, operation)]
        return struck[0] if struck else None

    def withhold(self, silence: Silence) -> None:
        """Returns when the orders are taken back."""
        with self.lock:
            silence.withheld += 1
            taken_back = self.taken_back
        taken_back.wait()

    def job_failure(self, family: str) -> JobFailure | None:
        """How the task of this family that starts now will end, None for well."""
        with self.lock:
            for item in self.ordered:
                if isinstance(item, JobFailure) and fnmatchcase(family, item.family) and _use(item):
                    return item
        return None

    def rollout_failure(self, service: str) -> RolloutFailure | None:
        """How the deployment of this service that starts now will end, None for well."""
        with self.lock:
            for item in self.ordered:
                if isinstance(item, RolloutFailure) and fnmatchcase(service, item.service) and _use(item):
                    return item
        return None


def _use(item: JobFailure | RolloutFailure) -> bool:
    if item.times is None:
        return True
    if item.times <= 0:
        return False
    item.times -= 1
    return True
