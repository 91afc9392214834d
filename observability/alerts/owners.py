"""Who evaluates an alert, and for how long its condition must hold."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from observability.description import Owner, Target

PROMETHEUS_EVERYWHERE: Final[Mapping[Target, Owner]] = {
    Target.DOCKER: Owner.PROMETHEUS,
    Target.AWS: Owner.PROMETHEUS,
}
CLOUDWATCH_ON_AWS: Final[Mapping[Target, Owner]] = {Target.DOCKER: Owner.PROMETHEUS, Target.AWS: Owner.CLOUDWATCH}
"""Fargate has neither hosts nor cgroups that an exporter could read: CloudWatch has their metrics."""

AT_ONCE: Final = timedelta(0)


def minutes(count: int) -> timedelta:
    """A time for which a condition must hold."""
    return timedelta(minutes=count)
