"""The kinds of objects in Elasticsearch: where each is asked for and put, and what it looks like there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from observability.bootstrap.documents import as_list, as_object

Body = Mapping[str, Any]
MARK: Final = "observability"
"""Who made an object, in its metadata: objects without it are somebody else's."""

_ADDED = frozenset(
    {"created_date", "created_date_millis", "modified_date", "modified_date_millis", "transient_metadata"}
)
"""What Elasticsearch adds to an object by itself."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`content` is its key in the input; `read` takes an object out of the answer to a GET of its path."""

    content: str
    label: str
    path: str
    read: Callable[[str, Any], Body]
    wrap: Callable[[Body], Body] = dict
    metadata: str = "_meta"

    def stored(self, name: str, answer: Any) -> Body:
        """The object as it is there, less what the engine added."""
        return {key: value for key, value in self.read(name, answer).items() if key not in _ADDED}

    def is_ours(self, stored: Body) -> bool:
        """Whether this program made it."""
        return stored.get(self.metadata, {}).get("managed_by") == MARK


def _by_name(name: str, answer: Any) -> Body:
    return answer[name]


LIFECYCLE: Final = Kind(
    content="lifecycles",
    label="lifecycle policy",
    path="/_ilm/policy/{name}",
    read=lambda name, answer: answer[name]["policy"],
    wrap=lambda body: {"policy": body},
)
PIPELINE: Final = Kind(content="pipelines", label="ingest pipeline", path="/_ingest/pipeline/{name}", read=_by_name)
COMPONENT: Final = Kind(
    content="component_templates",
    label="component template",
    path="/_component_template/{name}",
    read=lambda _, answer: answer["component_templates"][0]["component_template"],
)
TEMPLATE: Final = Kind(
    content="index_templates",
    label="index template",
    path="/_index_template/{name}",
    read=lambda _, answer: answer["index_templates"][0]["index_template"],
)
ROLE: Final = Kind(content="roles", label="role", path="/_security/role/{name}", read=_by_name, metadata="metadata")
USER: Final = Kind(content="users", label="user", path="/_security/user/{name}", read=_by_name, metadata="metadata")

OBJECTS: Final = (LIFECYCLE, PIPELINE, COMPONENT, TEMPLATE, ROLE)
"""Kinds that are put as they are, in the order in which they are needed."""


def canonical(value: Any) -> Any:
    """A form in which equal objects are equal: the engine gives numbers and booleans of settings back as text."""
    if (pairs := as_object(value)) is not None:
        return {key: canonical(entry) for key, entry in pairs.items()}
    if (entries := as_list(value)) is not None:
        return [canonical(entry) for entry in entries]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
