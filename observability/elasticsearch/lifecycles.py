"""Index lifecycle policies: one a retention class."""

from observability.description import RetentionClass
from observability.json_types import Json

_HOT_PRIORITY = 100


def lifecycle_name(retention: str) -> str:
    """The policy of a retention class."""
    return f"logs-{retention}"


def lifecycle(retention: RetentionClass) -> Json:
    """Roll over daily or at a size, delete after the class's days.

    Values that Elasticsearch would add are written out, so that what it stores is what is here.
    """
    return {
        "phases": {
            "hot": {
                "min_age": "0ms",
                "actions": {
                    "rollover": {
                        "max_age": f"{retention.rollover_age_days}d",
                        "max_primary_shard_size": f"{retention.rollover_size_gb}gb",
                    },
                    "set_priority": {"priority": _HOT_PRIORITY},
                },
            },
            "delete": {
                "min_age": f"{retention.days}d",
                "actions": {"delete": {"delete_searchable_snapshot": True}},
            },
        },
        "_meta": {"managed_by": "observability", "why": retention.why},
    }
