"""The names that are contracts: a change of one deletes and creates a resource unless it has an alias.

    python -m tests.unit.names

writes the snapshot anew, for a change that is meant.
"""

from pathlib import Path

from graph.capture import capture
from graph.resource import Graph

SNAPSHOT = Path(__file__).with_name("names.prod.txt")
UPDATE = "python -m tests.unit.names"


def names(graph: Graph) -> list[str]:
    """Return one line a resource: its type token, and the names from its top component down."""
    return sorted(f"{resource.type}  {graph.path(resource)}" for resource in graph)


if __name__ == "__main__":
    SNAPSHOT.write_text("\n".join(names(capture("prod"))) + "\n", encoding="utf-8")
    print(f"{SNAPSHOT.name}: {len(SNAPSHOT.read_text(encoding='utf-8').splitlines())} names")
