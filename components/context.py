"""What every building block of one stack shares, passed explicitly in its Args."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import pulumi

from components.account import Account
from components.keys import Keys, KeysArgs
from components.protection import Protection
from components.settings import ComponentsSettings, RetentionDays


@dataclass(frozen=True, kw_only=True)
class Context:
    """The account, protection, keys and tags of one stack. `tags` are for what provider defaults do not reach."""

    project: str
    stack: str
    account: Account
    protection: Protection
    permissions_boundary_arn: str | None
    keys: Keys
    tags: Mapping[str, str]
    log_retention_days: RetentionDays

    @classmethod
    def create(
        cls,
        *,
        project: str,
        stack: str,
        region: str,
        settings: ComponentsSettings,
        tags: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> Self:
        """Declare the stack's keys and return its context. `opts` carries the provider that all of it uses."""
        provider = None if opts is None or isinstance(opts.provider, list) else opts.provider
        account = Account.current(region, pulumi.InvokeOutputOptions(provider=provider))
        protection = Protection(settings.protection)
        return cls(
            project=project,
            stack=stack,
            account=account,
            protection=protection,
            permissions_boundary_arn=settings.permissions_boundary_arn,
            keys=Keys("keys", KeysArgs(project=project, stack=stack, account=account, protection=protection), opts),
            tags=tags,
            log_retention_days=settings.logs.retention_days,
        )

    @property
    def region(self) -> str:
        """The AWS region of the stack."""
        return self.account.region

    @property
    def partition(self) -> pulumi.Output[str]:
        """The AWS partition of the stack (`aws`)."""
        return self.account.partition

    @property
    def account_id(self) -> pulumi.Output[str]:
        """The AWS account of the stack (12 digits)."""
        return self.account.account_id
