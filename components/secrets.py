"""Secrets: values that only Secrets Manager and those who may read them know."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.context import Context


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    """Inputs of `Secret`. `value` is made secret here, whether or not it already is."""

    context: Context
    value: pulumi.Input[str]
    description: str


class Secret(pulumi.ComponentResource):
    """A Secrets Manager secret under the stack's secrets key, with its current value.

    `version_reference` is what a container takes it by. It names the version: a new value makes a new revision of
    the task definition, so that tasks are started anew with it.
    """

    secret: aws.secretsmanager.Secret
    version: aws.secretsmanager.SecretVersion
    arn: pulumi.Output[str]
    version_reference: pulumi.Output[str]

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:secrets:Secret", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.secret = aws.secretsmanager.Secret(
            name,
            description=args.description,
            kms_key_id=args.context.keys.secrets.arn,
            recovery_window_in_days=args.context.protection.recovery_window_days,
            opts=child,
        )
        self.version = aws.secretsmanager.SecretVersion(
            name, secret_id=self.secret.id, secret_string=pulumi.Output.secret(args.value), opts=child
        )
        self.arn = self.secret.arn
        # `ARN:json-key:version-stage:version-id` (Amazon ECS Developer Guide, "Pass Secrets Manager secrets").
        self.version_reference = pulumi.Output.concat(self.arn, ":::", self.version.version_id)
        self.register_outputs({"arn": self.arn})

    def member_reference(self, key: str) -> pulumi.Output[str]:
        """Return what a container takes one member of a value by that is a JSON object."""
        return pulumi.Output.concat(self.arn, f":{key}::", self.version.version_id)
