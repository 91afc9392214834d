"""Managed relational databases: RDS instances that only encrypted connections from their networks reach."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.access import Role, RoleArgs, write_rds_metrics
from components.context import Context
from components.engines import Engine
from components.logs import log_group
from components.naming import hyphenated
from components.network import Network
from components.settings import DatabaseSettings
from components.workload_firewall import WorkloadFirewall

IDENTIFIER_LIMIT: Final = 63
"""Characters of a DB instance identifier (Amazon RDS API reference, CreateDBInstance)."""


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """Inputs of `Database`. `user` owns the database `database_name`; `password` is made secret here.

    `parameters` are dynamic ones of the engine, in RDS' own names and values, that its family leaves unset.
    """

    context: Context
    settings: DatabaseSettings
    network: Network
    firewall: WorkloadFirewall
    engine: Engine
    major_version: str
    user: str
    database_name: str
    password: pulumi.Input[str]
    parameters: Mapping[str, str]


class Database(pulumi.ComponentResource):
    """An RDS instance: encrypted at rest and in transit, in isolated subnets, backed up, watched, protected.

    `endpoint` is the DNS name that its certificate carries: under another name clients can verify the authority, but
    not the host.
    """

    instance: aws.rds.Instance
    endpoint: pulumi.Output[str]

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:database:Database", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        context, settings, engine = args.context, args.settings, args.engine
        identifier = instance_identifier(
            f"{context.project}-{context.stack}-{hyphenated(name)}", engine.name, args.user, args.database_name
        )
        groups = [
            log_group(
                f"{name}-{export}",
                context,
                fixed_name=f"/aws/rds/instance/{identifier}/{export}",
                retention_days=settings.log_retention_days,
                opts=self._child,
            )
            for export in engine.log_exports
        ]
        monitoring = self._monitoring_role() if settings.monitoring_interval_seconds else None
        self.instance = aws.rds.Instance(
            name,
            identifier=identifier,
            engine=engine.name,
            engine_version=args.major_version,
            auto_minor_version_upgrade=True,
            instance_class=settings.instance_class,
            allocated_storage=settings.storage_gib,
            max_allocated_storage=settings.max_storage_gib,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=context.keys.data.arn,
            multi_az=settings.multi_az,
            db_name=args.database_name,
            username=args.user,
            password=pulumi.Output.secret(args.password),
            iam_database_authentication_enabled=True,
            ca_cert_identifier="rds-ca-rsa2048-g1",
            parameter_group_name=self._parameter_group().name,
            db_subnet_group_name=self._subnet_group().name,
            vpc_security_group_ids=list(args.firewall.group_ids),
            port=engine.port,
            publicly_accessible=False,
            backup_retention_period=settings.backup_retention_days,
            backup_window=settings.backup_window,
            maintenance_window=settings.maintenance_window,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not context.protection.on,
            deletion_protection=context.protection.deletion_protection,
            skip_final_snapshot=context.protection.skip_final_snapshot,
            # The key of one life of the stack is in the name: the next life's last snapshot does not meet this one.
            final_snapshot_identifier=context.keys.data.key_id.apply(lambda key: f"{identifier}-final-{key[:8]}"),
            performance_insights_enabled=True,
            performance_insights_kms_key_id=context.keys.data.arn,
            performance_insights_retention_period=settings.performance_insights_retention_days,
            monitoring_interval=settings.monitoring_interval_seconds,
            monitoring_role_arn=monitoring.arn if monitoring else None,
            enabled_cloudwatch_logs_exports=list(engine.log_exports),
            opts=context.protection.stateful(
                pulumi.ResourceOptions(
                    parent=self,
                    depends_on=[*groups, *([monitoring.policy] if monitoring and monitoring.policy else [])],
                )
            ),
        )
        self.endpoint = self.instance.address
        self.register_outputs({"endpoint": self.endpoint})

    def _parameter_group(self) -> aws.rds.ParameterGroup:
        engine, version = self._args.engine, self._args.major_version
        parameter, value = engine.force_tls
        return aws.rds.ParameterGroup(
            # A group belongs to one major version: another version needs another group beside it.
            _group_name(self._name, engine.family(version)),
            family=engine.family(version),
            description=f"{self._name}: connections over TLS only",
            # Where the value is the family's own default, AWS says `pending-reboot` whatever was asked for, and
            # `immediate` would be a difference at every refresh (terraform-provider-aws issue 39252). A new instance
            # starts with its group's values either way.
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name=parameter, value=value, apply_method="pending-reboot"),
                *(
                    aws.rds.ParameterGroupParameterArgs(name=name, value=text, apply_method="immediate")
                    for name, text in sorted(self._args.parameters.items())
                ),
            ],
            opts=self._child,
        )

    def _subnet_group(self) -> aws.rds.SubnetGroup:
        return aws.rds.SubnetGroup(
            self._name,
            description=f"{self._name}: isolated subnets",
            subnet_ids=[subnet.id for subnet in self._args.network.primary_subnets["isolated"].values()],
            opts=self._child,
        )

    def _monitoring_role(self) -> Role:
        return Role(
            f"{self._name}-monitoring",
            RoleArgs(
                context=self._args.context,
                service="monitoring.rds.amazonaws.com",
                description=f"Delivers enhanced monitoring of {self._name}",
                permissions=write_rds_metrics(self._args.context.account),
            ),
            opts=self._child,
        )


def _group_name(name: str, family: str) -> str:
    """Return a name that a parameter group can have: a letter first, single hyphens."""
    plain = hyphenated(f"{name}-{family}")
    return plain if re.match("[a-z]", plain) else f"db-{plain}"


def instance_identifier(prefix: str, engine: str, user: str, database_name: str) -> str:
    """Return the identifier of an instance: `prefix` and a hash of everything known that replaces the instance.

    The log groups of an instance carry its identifier and must exist before it does, so that it cannot be one that
    AWS or Pulumi thinks up later; and a replacement must not meet the instance that it replaces.
    """
    digest = hashlib.sha256("\0".join((prefix, engine, user, database_name)).encode()).hexdigest()[:7]
    room = IDENTIFIER_LIMIT - len(digest) - 1
    return f"{prefix[:room].rstrip('-')}-{digest}"
