"""Managed caches: ElastiCache nodes that only encrypted connections from their networks reach."""

import re
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.context import Context
from components.engines import CacheEngine
from components.naming import hyphenated, short_name
from components.network import Network
from components.settings import CacheSettings
from components.workload_firewall import WorkloadFirewall

IDENTIFIER_LIMIT: Final = 40
"""Characters of a replication group's identifier, and 50 of a cluster's (ElastiCache API Reference)."""


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """Inputs of `Cache`. `password` is made secret here; without one, whoever is on its networks may use it."""

    context: Context
    settings: CacheSettings
    network: Network
    firewall: WorkloadFirewall
    engine: CacheEngine
    version: str
    password: pulumi.Input[str] | None


class Cache(pulumi.ComponentResource):
    """ElastiCache in isolated subnets: encrypted in transit, and at rest where the engine keeps data.

    Valkey and Redis have standbys in other zones that take over, and daily snapshots; memcached is one node, as one
    name can stand for no more. `endpoint` is the DNS name that the certificate carries.
    """

    nodes: aws.elasticache.ReplicationGroup | aws.elasticache.Cluster
    endpoint: pulumi.Output[str]

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:cache:Cache", name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._subnets = aws.elasticache.SubnetGroup(
            name,
            description=f"{name}: isolated subnets",
            subnet_ids=[subnet.id for subnet in args.network.primary_subnets["isolated"].values()],
            opts=self._child,
        )
        if args.engine.name == "memcached":
            cluster = self._memcached(name)
            self.nodes, self.endpoint = cluster, cluster.cluster_address
        else:
            group = self._replication_group(name)
            self.nodes, self.endpoint = group, group.primary_endpoint_address
        self.register_outputs({"endpoint": self.endpoint})

    def _replication_group(self, name: str) -> aws.elasticache.ReplicationGroup:
        args, settings, protection = self._args, self._args.settings, self._args.context.protection
        has_standby = settings.standby_nodes > 0
        last = args.context.keys.data.key_id.apply(lambda key: f"{identifier(name)}-final-{key[:8]}")
        return aws.elasticache.ReplicationGroup(
            identifier(name),
            description=f"{name} of {args.context.project} ({args.context.stack})",
            engine=args.engine.name,
            engine_version=args.version,
            auto_minor_version_upgrade=True,
            node_type=settings.node_type,
            num_cache_clusters=1 + settings.standby_nodes,
            automatic_failover_enabled=has_standby,
            multi_az_enabled=has_standby,
            port=args.engine.port,
            subnet_group_name=self._subnets.name,
            security_group_ids=list(args.firewall.group_ids),
            at_rest_encryption_enabled=True,
            kms_key_id=args.context.keys.data.arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auth_token=None if args.password is None else pulumi.Output.secret(args.password),
            snapshot_retention_limit=settings.snapshot_retention_days,
            snapshot_window=settings.snapshot_window,
            final_snapshot_identifier=None if protection.skip_final_snapshot else last,
            maintenance_window=settings.maintenance_window,
            apply_immediately=True,
            opts=protection.stateful(pulumi.ResourceOptions(parent=self)),
        )

    def _memcached(self, name: str) -> aws.elasticache.Cluster:
        args, settings = self._args, self._args.settings
        return aws.elasticache.Cluster(
            identifier(name),
            engine=args.engine.name,
            engine_version=args.version,
            node_type=settings.node_type,
            num_cache_nodes=1,
            port=args.engine.port,
            subnet_group_name=self._subnets.name,
            security_group_ids=list(args.firewall.group_ids),
            transit_encryption_enabled=True,
            maintenance_window=settings.maintenance_window,
            apply_immediately=True,
            opts=self._child,
        )


def identifier(name: str) -> str:
    """Return a name that the identifier of nodes can begin with: a letter first, single hyphens, short enough."""
    plain = hyphenated(name)
    return short_name(plain if re.match("[a-z]", plain) else f"cache-{plain}", limit=IDENTIFIER_LIMIT)
