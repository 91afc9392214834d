"""The one source of tags: every provider, propagation and template takes them from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pulumi
import pulumi_aws as aws

from components.settings import TagSettings


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """The seven tags of a stack. Nothing volatile: a tag that changes by itself would change every resource."""

    project: str
    stack: str
    settings: TagSettings

    @cached_property
    def tags(self) -> Mapping[str, str]:
        """The tags by name."""
        return {
            "Project": self.project,
            "Stack": self.stack,
            "Owner": self.settings.owner,
            "CostCenter": self.settings.cost_center,
            "DataClassification": self.settings.data_classification,
            "ManagedBy": "pulumi",
            "Repository": self.settings.repository,
        }

    def provider(
        self, region: str, *, profile: str | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> aws.Provider:
        """Declare the AWS provider of the stack: its default tags reach every resource that can be tagged."""
        return aws.Provider(
            "aws",
            region=region,
            profile=profile,
            default_tags=aws.ProviderDefaultTagsArgs(tags=self.tags),
            opts=opts,
        )
