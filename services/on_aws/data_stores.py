"""Images that keep data, and where that can be on AWS; pure."""

from typing import Final

from services.model import Service
from services.on_aws.replacements import kind_for
from services.well_known import image_name

DATA_STORES: Final = frozenset(
    {"cassandra", "clickhouse-server", "cockroach", "couchdb", "elasticsearch", "influxdb", "mariadb", "mongo", "mysql"}
    | {"opensearch", "percona", "postgis", "postgres", "prometheus", "redis", "timescaledb", "valkey"}
    | {"victoria-metrics"}
)
"""Images whose data must not lie on a network file system: their locks and latencies do not survive it."""


def is_data_store(service: Service) -> bool:
    """Whether a service keeps data that must not lie on a network file system."""
    return image_name(service.image or "") in DATA_STORES


def place_for_data(service: Service) -> str:
    """Return what to do with the data of a store, as AWS has no volume for it."""
    elsewhere = "run it outside of this stack, on a host with a disk of its own"
    kind = kind_for(service)
    if kind is not None:
        return f"set x-aws.managed to {kind}, or {elsewhere}"
    return f"{elsewhere} (no x-aws.managed replaces it), or mount a tmpfs if its data may go with the task"
