"""What a deployed application yields, whatever the target."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The services that run, and where those that are published are found."""

    endpoints: Mapping[str, pulumi.Output[str]]
    """Service -> URL."""
    services: Mapping[str, pulumi.Resource]
    """Service -> the resource that all of its parts belong to."""
    outputs: Mapping[str, pulumi.Input[object]] = field(default_factory=dict[str, pulumi.Input[object]])
    """What else the target tells those who operate the stack."""

    def export(self) -> None:
        """Export the stack's outputs."""
        pulumi.export("endpoints", dict(self.endpoints))
        for name, value in self.outputs.items():
            pulumi.export(name, value)
