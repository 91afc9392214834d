"""Log groups: always encrypted, never kept for ever."""

import pulumi
import pulumi_aws as aws

from components.context import Context
from components.settings import RetentionDays


def log_group(
    name: str,
    context: Context,
    *,
    opts: pulumi.ResourceOptions,
    retention_days: RetentionDays | None = None,
    name_prefix: str | None = None,
    fixed_name: pulumi.Input[str] | None = None,
) -> aws.cloudwatch.LogGroup:
    """Declare a log group under the stack's logs key.

    `retention_days` is the stack's own when not given. `name_prefix` is for services that demand one
    (`aws-waf-logs-`), `fixed_name` for those that write to one name alone; the group is autonamed otherwise.
    """
    return aws.cloudwatch.LogGroup(
        name,
        name=fixed_name,
        name_prefix=name_prefix,
        kms_key_id=context.keys.logs.arn,
        retention_in_days=retention_days or context.log_retention_days,
        opts=opts,
    )
