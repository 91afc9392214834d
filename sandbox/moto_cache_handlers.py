"""What moto lacks of ElastiCache, added to moto's own classes in the cloud's process.

Subnet groups that are changed and deleted, clusters that are changed and have an endpoint, all nodes of a replication
group and every input of its change, and deletions that come to their end.
"""

# moto is untyped where it matters here: its response and backend classes take and give plain objects.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.elasticache.exceptions import CacheClusterNotFound, CacheSubnetGroupNotFound
from moto.elasticache.models import CacheSubnetGroup, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

_OF_CLUSTERS: Final = {
    "CacheNodeType": "cache_node_type",
    "EngineVersion": "engine_version",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
}
_OF_GROUPS: Final = {
    **_OF_CLUSTERS,
    "SnapshotWindow": "snapshot_window",
    "TransitEncryptionMode": "transit_encryption_mode",
}
"""Text parameter of a modification -> attribute of moto's model."""


def _keep(response: Any, model: Any, parameters: dict[str, str]) -> None:
    for parameter, attribute in parameters.items():
        value = response._get_param(parameter)
        if value is not None:
            setattr(model, attribute, value)
    upgrade = response._get_bool_param("AutoMinorVersionUpgrade")
    if upgrade is not None:
        model.auto_minor_version_upgrade = upgrade
    groups = response._get_param("SecurityGroupIds")
    if groups:
        model.security_group_ids = groups


def add_subnet_groups() -> None:
    """ModifyCacheSubnetGroup and DeleteCacheSubnetGroup."""

    def found(self: Any) -> tuple[dict[str, Any], str]:
        groups: dict[str, Any] = self.elasticache_backend.cache_subnet_groups
        name = str(self._get_param("CacheSubnetGroupName"))
        if name not in groups:
            raise CacheSubnetGroupNotFound(name)
        return groups, name

    def modify_cache_subnet_group(self: Any) -> Any:
        groups, name = found(self)
        group = groups[name]
        groups[name] = CacheSubnetGroup(
            account_id=self.current_account,
            region_name=self.region,
            cache_subnet_group_name=name,
            cache_subnet_group_description=self._get_param("CacheSubnetGroupDescription")
            or group.cache_subnet_group_description,
            subnet_ids=self._get_param("SubnetIds") or group.subnet_ids,
            tags=group.tags,
        )
        return ActionResult({"CacheSubnetGroup": groups[name]})

    def delete_cache_subnet_group(self: Any) -> Any:
        groups, name = found(self)
        del groups[name]
        return ActionResult({})

    for handler in (modify_cache_subnet_group, delete_cache_subnet_group):
        setattr(ElastiCacheResponse, handler.__name__, handler)


def add_clusters() -> None:
    """Clusters have a configuration endpoint, are changed by ModifyCacheCluster, and go when they are deleted."""
    create: Callable[..., Any] = ElastiCacheBackend.create_cache_cluster
    delete: Callable[..., Any] = ElastiCacheBackend.delete_cache_cluster

    def create_cache_cluster(self: Any, *args: Any, **kwargs: Any) -> Any:
        cluster = create(self, *args, **kwargs)
        address = f"{cluster.cache_cluster_id}.moto.cfg.cache.amazonaws.com"
        cluster.configuration_endpoint = {"address": address, "port": cluster.port}
        return described(cluster)

    def described(cluster: Any) -> Any:
        cluster.security_groups = [
            {"security_group_id": group, "status": "active"} for group in cluster.security_group_ids
        ]
        return cluster

    def modify_cache_cluster(self: Any) -> Any:
        clusters: dict[str, Any] = self.elasticache_backend.cache_clusters
        name = str(self._get_param("CacheClusterId"))
        if name not in clusters:
            raise CacheClusterNotFound(name)
        _keep(self, clusters[name], _OF_CLUSTERS)
        return ActionResult({"CacheCluster": described(clusters[name])})

    def delete_cache_cluster(self: Any, cache_cluster_id: str) -> Any:
        cluster = delete(self, cache_cluster_id)
        del self.cache_clusters[cache_cluster_id]
        return cluster

    ElastiCacheBackend.create_cache_cluster = create_cache_cluster
    ElastiCacheBackend.delete_cache_cluster = delete_cache_cluster
    setattr(ElastiCacheResponse, "modify_cache_cluster", modify_cache_cluster)  # noqa: B010 - a class that lacks it


def add_replication_groups() -> None:
    """A new group has all of its nodes, a change keeps all of its inputs, and a deleted one goes."""
    create: Callable[..., Any] = ElastiCacheBackend.create_replication_group
    modify: Callable[[Any], Any] = ElastiCacheResponse.modify_replication_group
    delete: Callable[..., Any] = ElastiCacheBackend.delete_replication_group

    def create_replication_group(self: Any, **kwargs: Any) -> Any:
        nodes = kwargs["num_cache_clusters"]
        if nodes and not kwargs["replicas_per_node_group"]:
            kwargs["replicas_per_node_group"] = nodes - 1
        return create(self, **kwargs)

    def modify_replication_group(self: Any) -> Any:
        answer = modify(self)
        group = self.elasticache_backend.replication_groups[self._get_param("ReplicationGroupId")]
        _keep(self, group, _OF_GROUPS)
        if self._get_param("AuthToken"):
            group.auth_token_enabled = True
        return answer

    def delete_replication_group(self: Any, replication_group_id: str, retain_primary_cluster: bool | None) -> Any:
        group = delete(self, replication_group_id, retain_primary_cluster)
        del self.replication_groups[replication_group_id]
        return group

    setattr(ElastiCacheBackend, "create_replication_group", create_replication_group)  # noqa: B010 - fewer parameters
    ElastiCacheResponse.modify_replication_group = modify_replication_group
    ElastiCacheBackend.delete_replication_group = delete_replication_group


def add_caches() -> None:
    """Adds everything; once, before the server starts."""
    add_subnet_groups()
    add_clusters()
    add_replication_groups()
