"""The bootstrap against an Elasticsearch whose disk is above the watermarks: told, nothing lost, and finished later."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from copy import deepcopy

import httpx
import pytest

from observability.bootstrap.errors import BootstrapError
from observability.bootstrap.report import Change
from observability.description import Description
from tests.observability.bootstrapping import Content, engine, made, read
from tests.observability.engines import elasticsearch
from tests.observability.engines.elasticsearch import Node
from tests.observability.engines.process import until

pytestmark = pytest.mark.slow

_WATERMARKS = "cluster.routing.allocation.disk.watermark"
_NOTICED_SECONDS = 40
"""It looks every ten seconds, and acts at the second look."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """It looks at its disk as often as it may."""
    often = {"cluster.info.update.interval": "10s"}
    with elasticsearch.node(tmp_path_factory.mktemp("elasticsearch"), more=often) as running:
        yield running


@pytest.fixture(scope="module")
def wanted(description: Description) -> Content:
    return read(description)


def _set(client: httpx.Client, used: str | None) -> None:
    """Let the disk count as full from this share on; None is as before."""
    settings = {f"{_WATERMARKS}.{name}": used for name in ("low", "high", "flood_stage")}
    client.put("/_cluster/settings", json={"persistent": settings}).raise_for_status()


def _finds_no_room(client: httpx.Client) -> bool:
    """Whether a new index gets no node; it stays."""
    client.delete("/new")
    client.put("/new?wait_for_active_shards=0").raise_for_status()
    asked = {"index": "new", "shard": 0, "primary": True}
    return "watermark" in client.post("/_cluster/allocation/explain", json=asked).text


def _is_blocked(client: httpx.Client) -> bool:
    settings = client.get("/.security-7/_settings?flat_settings=true").json()
    return any("index.blocks.read_only_allow_delete" in str(index) for index in settings.values())


@contextmanager
def full(node: Node) -> Generator[None]:
    """The disk of the node is above the flood-stage watermark, and it has noticed."""
    with node.client() as client:
        _set(client, "0.01%")
        try:
            until("the block", lambda: _is_blocked(client), seconds=_NOTICED_SECONDS)
            yield
        finally:
            _set(client, None)
            until("the block's end", lambda: not _is_blocked(client), seconds=_NOTICED_SECONDS)


def test_a_disk_without_room_for_an_index_is_told_of_and_the_next_run_makes_everything(
    node: Node, wanted: Content
) -> None:
    with node.client() as client:
        _set(client, "0.01%")
        until("a look at the disk", lambda: _finds_no_room(client), seconds=_NOTICED_SECONDS)

        with pytest.raises(BootstrapError) as refused:
            made(engine(node, seconds=1), wanted)

        _set(client, None)
        client.delete("/new").raise_for_status()
    expected = (
        r"elasticsearch: the cluster is red after 1 s; a shard of \S+ has no node: the node is above the \w+ water"
    )
    assert re.match(expected, str(refused.value))
    assert {item.change for item in made(engine(node), wanted)} == {Change.CREATED, Change.CHANGED}


def test_a_disk_above_the_flood_stage_is_told_of_and_the_next_run_finishes(node: Node, wanted: Content) -> None:
    made(engine(node), wanted)
    changed = deepcopy(dict(wanted))
    changed["roles"]["logs_writer"]["indices"][0]["names"].append("logs-payments-dev")
    with node.client() as client:
        before = client.get("/_security/role/logs_writer").json()

        with full(node), pytest.raises(BootstrapError) as refused:
            made(engine(node, seconds=3), changed)

        assert client.get("/_security/role/logs_writer").json() == before
    text = str(refused.value)
    assert "PUT /_security/role/logs_writer: 429 Too Many Requests: " in text
    assert "disk usage exceeded flood-stage watermark" in text
    assert text.endswith("; gave up after 3 s")
    done = made(engine(node), changed)
    assert [item.what for item in done if item.change is not Change.SAME] == ["role logs_writer"]
