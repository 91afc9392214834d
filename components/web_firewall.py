"""AWS WAF in front of a load balancer: managed rules, a rate limit, and logs without credentials."""

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from components.context import Context
from components.logs import log_group
from components.policy import Statement, policy_document
from components.settings import RetentionDays

MANAGED_RULES: Final[Mapping[str, int]] = {
    "AWSManagedRulesAmazonIpReputationList": 10,
    "AWSManagedRulesKnownBadInputsRuleSet": 20,
    "AWSManagedRulesCommonRuleSet": 30,
}
"""AWS managed rule groups and their priorities (AWS WAF Developer Guide, "AWS Managed Rules rule groups list")."""

RATE_LIMIT_PRIORITY: Final = 40
REDACTED_HEADERS: Final = ("authorization", "cookie")
"""Headers whose values never reach the logs."""


def declare_web_firewall(
    name: str,
    *,
    context: Context,
    load_balancer: aws.lb.LoadBalancer,
    requests_per_5_minutes: int,
    log_retention_days: RetentionDays,
    opts: pulumi.ResourceOptions,
) -> aws.wafv2.WebAcl:
    """Declare a regional web ACL, its log and its association with the load balancer."""
    acl = aws.wafv2.WebAcl(
        name,
        scope="REGIONAL",
        description="Managed rules and a rate limit in front of the load balancer",
        default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
        rules=[*(_managed(rule, at) for rule, at in MANAGED_RULES.items()), _rate_limit(requests_per_5_minutes)],
        visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
            cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
        ),
        opts=opts,
    )
    # WAF refuses a log group whose name does not begin with aws-waf-logs-.
    group = log_group(f"{name}-waf", context, retention_days=log_retention_days, name_prefix="aws-waf-logs-", opts=opts)
    # Without a policy of ours, WAF would write one into the account that nobody removes.
    delivery = aws.cloudwatch.LogResourcePolicy(
        f"{name}-waf",
        policy_name=f"{context.project}-{context.stack}-{name}-waf",
        policy_document=policy_document([log_delivery(group, context)]),
        opts=opts,
    )
    _ = aws.wafv2.WebAclLoggingConfiguration(
        name,
        resource_arn=acl.arn,
        log_destination_configs=[group.arn],
        redacted_fields=[
            aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
            )
            for header in REDACTED_HEADERS
        ],
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[delivery])),
    )
    _ = aws.wafv2.WebAclAssociation(name, resource_arn=load_balancer.arn, web_acl_arn=acl.arn, opts=opts)
    return acl


def log_delivery(group: aws.cloudwatch.LogGroup, context: Context) -> Statement:
    """Let AWS deliver this account's logs to the group (AWS WAF Developer Guide, "CloudWatch Logs log group")."""
    return Statement(
        sid="LogDelivery",
        principals={"Service": "delivery.logs.amazonaws.com"},
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(pulumi.Output.concat(group.arn, ":log-stream:*"),),
        conditions={
            "StringEquals": {"aws:SourceAccount": context.account_id},
            "ArnLike": {"aws:SourceArn": context.account.arn("logs", "*")},
        },
    )


def _visibility(metric_name: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgs:
    return aws.wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=metric_name, sampled_requests_enabled=True
    )


def _managed(name: str, priority: int) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name=name,
        priority=priority,
        override_action=aws.wafv2.WebAclRuleOverrideActionArgs(none=aws.wafv2.WebAclRuleOverrideActionNoneArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                name=name, vendor_name="AWS"
            )
        ),
        visibility_config=_visibility(name),
    )


def _rate_limit(requests_per_5_minutes: int) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name="RateLimit",
        priority=RATE_LIMIT_PRIORITY,
        action=aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
                limit=requests_per_5_minutes, aggregate_key_type="IP", evaluation_window_sec=300
            )
        ),
        visibility_config=_visibility("RateLimit"),
    )
