"""The OpenAPI document: what it promises is what the server does, whatever it is asked."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import Phase, settings

from backend.settings import DatabaseSettings
from services.backend.tests.servers import BACKEND, Served, serving

DOCUMENT = BACKEND / "openapi.json"
WRITE = "WRITE_OPENAPI"

promised: Any = schemathesis.openapi.from_path(DOCUMENT)  # pyright: ignore[reportUnknownMemberType]

THOROUGH = settings(
    max_examples=100,
    phases=[Phase.explicit, Phase.generate],
)


@pytest.fixture(scope="module")
def served(patient: DatabaseSettings) -> Iterator[Served]:
    with serving(patient) as server:
        yield server


@promised.parametrize()
@THOROUGH
def test_whatever_is_asked_the_answer_is_one_that_the_document_promises(served: Served, case: Any) -> None:
    case.call_and_validate(base_url=str(served.client.base_url), timeout=60)


def test_the_committed_document_is_the_one_that_is_served(served: Served) -> None:
    """It is the contract: a change of it shows in a diff. To write it anew: `WRITE_OPENAPI=1 pytest <this file>`."""
    now = json.dumps(served.client.get("/api/openapi.json").json(), indent=2) + "\n"
    if WRITE in os.environ:
        DOCUMENT.write_text(now, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == now, f"the API changed: {WRITE}=1 writes {DOCUMENT.name} anew"


def test_every_error_in_the_document_is_a_problem(served: Served) -> None:
    document = served.client.get("/api/openapi.json").json()
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in json.dumps(document)
