"""Images that keep data, and where that can be on AWS; pure."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from services.model import Service
from services.on_aws.replacements import kind_for
from services.well_known import image_name

DATA_STORES: Final[Mapping[str, str]] = {
    "cassandra": "/var/lib/cassandra",
    "clickhouse-server": "/var/lib/clickhouse",
    "cockroach": "/cockroach/cockroach-data",
    "couchdb": "/opt/couchdb/data",
    "cp-kafka": "/var/lib/kafka",
    "elasticsearch": "/usr/share/elasticsearch/data",
    "kafka": "/var/lib/kafka",
    "loki": "/loki",
    "mariadb": "/var/lib/mysql",
    "meilisearch": "/meili_data",
    "mongo": "/data/db",
    "mongodb": "/bitnami/mongodb",
    "mysql": "/var/lib/mysql",
    "opensearch": "/usr/share/opensearch/data",
    "percona": "/var/lib/mysql",
    "percona-server": "/var/lib/mysql",
    "pgvector": "/var/lib/postgresql",
    "postgis": "/var/lib/postgresql",
    "postgres": "/var/lib/postgresql",
    "postgresql": "/bitnami/postgresql",
    "prometheus": "/prometheus",
    "qdrant": "/qdrant/storage",
    "timescaledb": "/var/lib/postgresql",
    "victoria-metrics": "/victoria-metrics-data",
}
"""Images whose data must not lie on a network file system: last part of the repository -> directory of the data.

Their locks and latencies do not survive it. Source of a directory: the `VOLUME` lines and documentation of the images.
"""
_OTHERS: Final = frozenset(
    {
        "dragonfly",
        "etcd",
        "influxdb",
        "keydb",
        "neo4j",
        "redis",
        "redis-stack",
        "redis-stack-server",
        "typesense",
        "valkey",
    }
)
"""The same; their directory is a setting, or nothing but the store's, or they keep no data where they are caches."""
_DIRECTORIES: Final = frozenset(
    {*DATA_STORES.values(), "/bitnami/mariadb", "/bitnami/mysql", "/var/lib/influxdb2", "/var/opt/mssql"}
)
"""Who keeps something there is a store, whatever its image's name."""


def is_data_of_a_store(target: str, service: Service) -> bool:
    """Whether what a service has at a path is a store's data: by its image, or by the path."""
    return image_name(service.image or "") in {*DATA_STORES, *_OTHERS} or any(
        _within(target, directory) for directory in _DIRECTORIES
    )


def unkept(service: Service) -> str | None:
    """Return the directory of a store's data that no mount covers: an anonymous volume's, by the image's own word."""
    directory = None if service.build else DATA_STORES.get(image_name(service.image or ""))
    targets = {*(mount.target for mount in service.volumes), *service.temporary_paths}
    if directory is None or any(_within(target, directory) or _within(directory, target) for target in targets):
        return None
    return directory


def _within(path: str, directory: str) -> bool:
    return PurePosixPath(path).is_relative_to(directory)


def place_for_data(service: Service) -> str:
    """Return what to do with the data of a store, as AWS has no volume for it."""
    kind = kind_for(service)
    managed = f"set x-aws.managed to {kind}" if kind else "no x-aws.managed replaces it"
    return (
        f"{managed}; run it outside of this stack, on a host with a disk of its own; or mount a tmpfs there if the "
        "data may go with the task"
    )
