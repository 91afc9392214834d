"""The table of keys: it knows every key, and what it says of a key is what happens."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from graph.capture import capture
from graph.resource import Graph
from services.application import built_in
from services.compose.keys import PROJECT
from services.compose.kinds import Kind, ListOf, MapOf, Short, Struct
from services.compose.values import Path
from services.model import Application
from services.support import (
    COLUMNS,
    LOADED,
    MANAGED,
    Fate,
    Ignored,
    Mapped,
    Rejected,
    fate,
    fates_of,
    model_patterns,
    rejected,
    set_keys,
)
from tests.unit.services import support_examples_aws, support_examples_docker, support_examples_managed
from tests.unit.services.support_examples import Example, application

EVERY_COLUMN = {**COLUMNS, **MANAGED}
STACKS = {"aws": "prod", "docker": "dev", **dict.fromkeys(MANAGED, "prod")}
EXAMPLES = {
    "aws": support_examples_aws.EXAMPLES,
    "docker": support_examples_docker.EXAMPLES,
    **support_examples_managed.EXAMPLES,
}


def keys_of(column: str) -> list[str]:
    """The keys of the model that a column decides on."""
    of_services = column in MANAGED
    return [key for key in model_patterns() if key not in LOADED and (not of_services or key.startswith("services.*."))]


def text(found: Fate) -> str:
    match found:
        case Mapped(to=text) | Ignored(because=text) | Rejected(remedy=text):
            return text


@pytest.mark.parametrize("target", EVERY_COLUMN)
def test_every_key_of_the_model_has_a_fate_on_every_target(target: str) -> None:
    assert [key for key in keys_of(target) if fate(EVERY_COLUMN[target], key) is None] == []


@pytest.mark.parametrize("target", EVERY_COLUMN)
def test_every_row_is_a_key_of_the_model_and_says_something(target: str) -> None:
    for row, found in EVERY_COLUMN[target].items():
        assert any(key == row or key.startswith(f"{row}.") for key in model_patterns()), row
        assert len(text(found).split()) > 1, row
        assert text(found) == text(found).strip(". "), row


def specified(kind: Kind | None, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The keys that the loader knows, which are those of compose-go's schema."""
    match kind:
        case Short(long=long):
            yield from specified(long, path)
        case Struct(keys=keys):
            for key, below in keys.items():
                yield ".".join((*path, key))
                yield from specified(below, (*path, key))
        case MapOf(item=item) | ListOf(item=item):
            yield from specified(item, (*path, "*"))
        case _:
            pass


def test_every_key_of_the_specification_is_in_the_model_or_carried_out_by_the_loader() -> None:
    known = {*model_patterns(), *LOADED}

    def covered(key: str) -> bool:
        parts = key.split(".")
        above = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        return bool(above & known) or any(pattern.startswith(f"{key}.") for pattern in known)

    assert sorted(key for key in specified(PROJECT) if not covered(key)) == []


@pytest.mark.parametrize("target", COLUMNS)
def test_nothing_of_the_built_in_application_is_refused(target: str) -> None:
    assert list(rejected(built_in(), target)) == []


@pytest.mark.parametrize("target", COLUMNS)
def test_keys_at_their_default_are_not_set(target: str) -> None:
    assert list(rejected(application(), target)) == []
    assert {pattern for _, pattern in set_keys(application())} == {
        "name",
        "networks",
        "services",
        "services.*.expose.*.first",
        "services.*.image",
        "services.*.networks",
    }


def test_a_rejected_key_is_named_with_its_place_and_a_remedy() -> None:
    described = application({"services": {"web": {"privileged": True, "gpus": [{"count": -1}]}}})
    assert [str(problem) for problem in rejected(described, "aws")] == [
        "services.web.privileged: is not possible on AWS: Fargate has no host to share: for this stack, write `!reset` "
        "for the key in a second file (services:compose takes a list)",
        "services.web.gpus: is not possible on AWS: Fargate has no GPUs: for this stack, write `!reset` "
        "for the key in a second file (services:compose takes a list)",
    ]


SHAPED = {
    "image": f"valkey/valkey:8@sha256:{'0' * 64}",
    "deploy": {"replicas": 3, "resources": {"limits": {"memory": "4g"}}},
    "healthcheck": {"test": ["CMD", "valkey-cli", "ping"]},
    "ports": [{"target": 6379, "published": 6379}],
    "volumes": [{"type": "volume", "source": "data", "target": "/data"}],
    "privileged": True,
    "shm_size": "1g",
    "restart": "always",
    "x-aws": {"managed": "elasticache"},
}


def test_no_key_of_a_managed_service_is_dropped_in_silence() -> None:
    described = application({"services": {"cache": SHAPED}, "volumes": {"data": {}}})
    told = {path[2]: found for path, found in fates_of(described, "aws").items() if path[:2] == ("services", "cache")}
    assert told.keys() == SHAPED.keys()
    assert {key for key, found in told.items() if isinstance(found, Ignored)} == SHAPED.keys() - {"image", "x-aws"}
    assert list(rejected(described, "aws")) == []


@pytest.mark.parametrize(
    "keys",
    [
        {"entrypoint": ["/serve"]},
        {"configs": [{"source": "app"}]},
        {"post_start": [{"command": ["psql"]}]},
        {"deploy": {"mode": "global"}},
        {"x-aws": {"scaling": {"max_replicas": 2}}},
        {"x-aws": {"expose": "public"}},
    ],
    ids=lambda keys: ".".join(keys),
)
def test_what_a_managed_service_would_lose_is_refused(keys: Mapping[str, object]) -> None:
    database = support_examples_managed.DATABASE
    described = application({"services": {"db": database}}, {"services": {"db": keys}})
    [problem] = rejected(described, "aws")
    assert problem.path[:2] == ("services", "db")
    assert problem.path[2] in keys
    assert list(rejected(described, "docker")) == [] or "post_start" in keys


def trace(graph: Graph) -> set[str]:
    """Everything that the program says of its resources, and what it yields."""
    said = {
        repr((r.urn, r.inputs, sorted(r.secret_inputs, key=repr), sorted(r.dependencies), r.parent, r.protect, r.hooks))
        for r in graph
    } | {repr((r.urn, r.replacement_trigger)) for r in graph}
    return said | {repr(graph.exports)}


def flips() -> Iterator[tuple[str, str, Example]]:
    for target, examples in EXAMPLES.items():
        for pattern, example in examples.items():
            yield target, pattern, example


@pytest.mark.parametrize(
    ("target", "pattern", "example"), list(flips()), ids=lambda value: value if isinstance(value, str) else "set"
)
def test_a_mapped_key_leaves_a_trace_in_the_graph(
    unchanged: Callable[[str, Application], set[str]], target: str, pattern: str, example: Example
) -> None:
    before, after = application(example.before), application(example.before, example.after)
    assert pattern in {key for _, key in set_keys(after)}, "the example does not set the key"
    assert isinstance(fate(EVERY_COLUMN[target], pattern), Mapped)
    assert unchanged(target, before) != graph_of(target, after)


def values_of(described: Application) -> Mapping[tuple[Path, str], object]:
    """The value of every key that an application sets: where it stands, and its pattern."""
    whole: Any = described.model_dump(mode="json", by_alias=True)

    def value(path: Path) -> object:
        found = whole
        for key in path:
            found = found[key]
        return found

    return {(path, pattern): value(path) for path, pattern in set_keys(described)}


TOGETHER = {
    # An element that nobody mounts is declared nowhere.
    ("aws", "volumes"): {"services.*.volumes.*.source", "services.*.volumes.*.target"},
    ("aws", "secrets"): {"services.*.secrets.*.source"},
    ("aws", "configs"): {"services.*.configs.*.source"},
    ("docker", "secrets"): {"services.*.secrets.*.source"},
    ("docker", "configs"): {"services.*.configs.*.source"},
    # A mount has a target, and every other type than tmpfs a source, which tmpfs has not.
    ("aws", "services.*.volumes.*.type"): {"services.*.volumes.*.target"},
}
"""Target and pattern of a key -> what its example must set beside it."""


@pytest.mark.parametrize(
    ("target", "pattern", "example"), list(flips()), ids=lambda value: value if isinstance(value, str) else "set"
)
def test_an_example_changes_its_key_alone(target: str, pattern: str, example: Example) -> None:
    before = values_of(application(example.before))
    after = values_of(application(example.before, example.after))
    keys = {key for (path, key) in before.keys() | after.keys() if before.get((path, key)) != after.get((path, key))}
    assert pattern in keys
    related = {key for key in keys if f"{pattern}.".startswith(f"{key}.") or key.startswith(f"{pattern}.")}
    beside = {key for key in keys - related if not any(other.startswith(f"{key}.") for other in keys)}
    assert beside == TOGETHER.get((target, pattern), set())


@pytest.fixture(scope="module")
def unchanged() -> Callable[[str, Application], set[str]]:
    """The graph of what an example changes; many examples change the same application."""
    known: dict[tuple[str, str], set[str]] = {}

    def graph(target: str, described: Application) -> set[str]:
        key = target, described.model_dump_json()
        if key not in known:
            known[key] = graph_of(target, described)
        return known[key]

    return graph


def graph_of(target: str, described: Application) -> set[str]:
    return trace(
        capture(STACKS[target], application=described, config={"services:replicas": None, "observability:parts": None})
    )


@pytest.mark.parametrize("target", EVERY_COLUMN)
def test_every_mapped_key_has_an_example(target: str) -> None:
    mapped = {key for key in keys_of(target) if isinstance(fate(EVERY_COLUMN[target], key), Mapped)}
    assert sorted(mapped - EXAMPLES[target].keys()) == []
