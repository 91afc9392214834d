"""Managed services: what stands in the place of a container, and its short name."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.database import Database, DatabaseArgs
from components.workload_firewall import WorkloadFirewall
from services.on_aws.platform import Platform
from services.on_aws.replacements import Replacement


@dataclass(frozen=True, kw_only=True)
class ManagedDatabase:
    """A database and its short name. Dependants wait for both: `ready`."""

    database: Database
    alias: aws.servicediscovery.Instance

    @property
    def ready(self) -> list[pulumi.Resource]:
        """What a dependant depends on."""
        return [self.database.instance, self.alias]


def declare_database(
    platform: Platform,
    name: str,
    wanted: Replacement,
    firewall: WorkloadFirewall,
    password: pulumi.Input[str],
) -> ManagedDatabase:
    """Declare the database that replaces a service, and the service's name for it."""
    database = Database(
        name,
        DatabaseArgs(
            context=platform.context,
            settings=platform.settings.database,
            network=platform.network,
            firewall=firewall,
            engine=wanted.engine,
            major_version=wanted.major_version,
            user=wanted.user,
            database_name=wanted.database_name,
            password=password,
        ),
        platform.opts,
    )
    alias = platform.cluster.alias(name, database.endpoint, pulumi.ResourceOptions(parent=database))
    return ManagedDatabase(database=database, alias=alias)
