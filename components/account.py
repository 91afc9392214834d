"""The AWS account and region that a stack lives in."""

from dataclasses import dataclass
from typing import Self

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where the stack lives: `partition` (`aws`), `account_id` (12 digits) and `region`."""

    partition: pulumi.Output[str]
    account_id: pulumi.Output[str]
    region: str

    @classmethod
    def current(cls, region: str, opts: pulumi.InvokeOutputOptions | None = None) -> Self:
        """Return the account that the provider's credentials belong to."""
        caller = aws.get_caller_identity_output(opts=opts)
        return cls(
            partition=caller.arn.apply(lambda arn: arn.split(":")[1]), account_id=caller.account_id, region=region
        )

    def arn(self, service: str, resource: str, *, region: str | None = None) -> pulumi.Output[str]:
        """Return the ARN of something in this account; `region=""` for global services such as IAM."""
        where = self.region if region is None else region
        return pulumi.Output.concat("arn:", self.partition, f":{service}:{where}:", self.account_id, f":{resource}")
