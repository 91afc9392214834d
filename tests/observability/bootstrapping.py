"""The bootstrap as tests run it: in this process, with passwords of their own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from observability.bootstrap.client import Deadline, Engine
from observability.bootstrap.elasticsearch import make
from observability.bootstrap.report import Done
from observability.description import Description
from observability.elasticsearch.content import content
from observability.elasticsearch.service import BOOTSTRAP
from tests.observability.engines.elasticsearch import PASSWORD, Node

Content = Mapping[str, Any]


def read(description: Description) -> Content:
    """The content as the job reads it: through JSON."""
    return json.loads(json.dumps(content(description)))


def passwords(wanted: Content) -> dict[str, str]:
    """Secret -> its value, for every user."""
    users = (*wanted["users"].values(), *wanted["built_in_users"].values())
    return {entry["password"]: f"long enough {entry['password']}" for entry in users}


def engine(
    node: Node,
    transport: httpx.BaseTransport | None = None,
    *,
    seconds: float = 60,
    password: str = PASSWORD,
    authority: Path | None = None,
) -> Engine:
    """A client of the node that loses no time between two attempts."""
    return Engine(
        name="elasticsearch",
        url=node.url,
        ca_file=authority or node.certificates.authority,
        user=BOOTSTRAP,
        password=password,
        deadline=Deadline(seconds=seconds),
        transport=transport,
        first_wait_seconds=0.001,
    )


def made(client: Engine, wanted: Content, accepted: frozenset[str] = frozenset()) -> list[Done]:
    """Run the job to its end."""
    try:
        return list(make(client, wanted, passwords(wanted), accepted))
    finally:
        client.close()
