"""Managed services: what stands in the place of a container, and its short names."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.cache import Cache, CacheArgs
from components.database import Database, DatabaseArgs
from components.workload_firewall import WorkloadFirewall
from services.on_aws.managed_caches import ManagedCache
from services.on_aws.managed_databases import ManagedDatabase
from services.on_aws.platform import Platform


@dataclass(frozen=True, kw_only=True)
class Managed:
    """A managed service: its `endpoint` is the name that its certificate carries. Dependants wait for `ready`."""

    component: Database | Cache
    endpoint: pulumi.Output[str]
    ready: Sequence[pulumi.Resource]


def declare_database(
    platform: Platform,
    names: Sequence[str],
    wanted: ManagedDatabase,
    firewall: WorkloadFirewall,
    password: pulumi.Input[str],
) -> Managed:
    """Declare the database that replaces a service, and the service's names for it, its own first."""
    database = Database(
        names[0],
        DatabaseArgs(
            context=platform.context,
            settings=platform.settings.database,
            network=platform.network,
            firewall=firewall,
            engine=wanted.engine,
            major_version=wanted.major_version,
            user=wanted.user,
            database_name=wanted.database_name,
            parameters=wanted.parameters,
            password=password,
        ),
        platform.opts,
    )
    return _named(platform, names, database, database.instance, database.endpoint)


def declare_cache(
    platform: Platform,
    names: Sequence[str],
    wanted: ManagedCache,
    firewall: WorkloadFirewall,
    password: pulumi.Input[str] | None,
) -> Managed:
    """Declare the cache that replaces a service, and the service's names for it, its own first."""
    cache = Cache(
        names[0],
        CacheArgs(
            context=platform.context,
            settings=platform.settings.cache,
            network=platform.network,
            firewall=firewall,
            engine=wanted.engine,
            version=wanted.version,
            password=password,
        ),
        platform.opts,
    )
    return _named(platform, names, cache, cache.nodes, cache.endpoint)


def _named(
    platform: Platform,
    names: Sequence[str],
    component: Database | Cache,
    resource: pulumi.Resource,
    endpoint: pulumi.Output[str],
) -> Managed:
    aliases = [platform.cluster.alias(name, endpoint, pulumi.ResourceOptions(parent=component)) for name in names]
    return Managed(component=component, endpoint=endpoint, ready=[resource, *aliases])
