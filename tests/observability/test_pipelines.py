"""Every ingest pipeline, run: sample lines compared field by field; lines that are large or made to hurt."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from observability.bootstrap.documents import as_object
from observability.description import Description
from observability.elasticsearch.pipelines import pipelines
from tests.observability.engines import opensearch

SAMPLES = Path(__file__).parent / "samples"
DATASETS = {"json": "backend", "nginx": "frontend", "postgresql": "database"}
ARRIVED = "2026-11-26T07:00:00.000Z"
MOST_SECONDS_A_LINE = 15
MEGABYTE = 1024 * 1024
ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A line, and all fields of the document that it becomes, but for the time of its arrival."""

    format: str
    name: str
    line: str
    moved_to: str | None
    fields: Mapping[str, Any]

    @property
    def expected(self) -> dict[str, Any]:
        """Every field, with those that all lines have."""
        dataset = DATASETS[self.format]
        return {
            "@timestamp": ARRIVED,
            "message": self.line,
            "container.id": "c1",
            "data_stream.dataset": f"{dataset}.{self.moved_to}" if self.moved_to else dataset,
            "data_stream.namespace": "dev",
            "data_stream.type": "logs",
            "event.id": "e1",
            "event.kind": "event",
            "log.iostream": "stdout",
            "service.name": dataset,
            **self.fields,
        }


def samples() -> list[Sample]:
    """Those of every file."""
    return [
        Sample(
            format=path.stem,
            name=entry["name"],
            line=entry["line"],
            moved_to=entry.get("moved_to"),
            fields=entry["fields"],
        )
        for path in sorted(SAMPLES.glob("*.yaml"))
        for entry in yaml.safe_load(path.read_text())
    ]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, description: Description) -> Iterator[httpx.Client]:
    with opensearch.node(tmp_path_factory.mktemp("opensearch")) as node, node.client() as client:
        for name, body in pipelines(description.redactions, description.streams).items():
            client.put(f"/_ingest/pipeline/{name}", json=opensearch.pipeline(body)).raise_for_status()
        yield client


def _simulated(engine: httpx.Client, format: str, lines: list[str]) -> list[dict[str, Any]]:
    """The documents that lines become, with their index."""
    dataset = DATASETS[format]
    documents = [
        {
            "_index": f"logs-{dataset}-dev",
            "_id": "e1",
            "_source": {
                "@timestamp": ARRIVED,
                "message": line,
                "event": {"id": "e1"},
                "container": {"id": "c1"},
                "log": {"iostream": "stdout"},
                "service": {"name": dataset},
                "data_stream": {"type": "logs", "dataset": dataset, "namespace": "dev"},
            },
        }
        for line in lines
    ]
    answer = engine.post(f"/_ingest/pipeline/logs-{format}/_simulate", json={"docs": documents})
    answer.raise_for_status()
    return [item["doc"] for item in answer.json()["docs"]]


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, below in value.items():
        nested = as_object(below)
        fields.update(_flat(nested, f"{prefix}{key}.") if nested else {f"{prefix}{key}": below})
    return fields


def test_there_are_samples_of_every_kind_and_enough_of_them() -> None:
    found = samples()

    assert {sample.format for sample in found} == set(DATASETS)
    assert len(found) >= 60
    assert len({(sample.format, sample.name) for sample in found}) == len(found)
    assert {sample.moved_to for sample in found} == {None, "access", "audit"}


@pytest.mark.parametrize("format", list(DATASETS))
def test_every_sample_line_becomes_exactly_the_expected_document(engine: httpx.Client, format: str) -> None:
    tried = [sample for sample in samples() if sample.format == format]
    begun = datetime.now(UTC)

    documents = _simulated(engine, format, [sample.line for sample in tried])

    wrong: dict[str, Any] = {}
    for sample, document in zip(tried, documents, strict=True):
        fields = _flat(document["_source"])
        assert (
            begun - ONE_SECOND <= datetime.fromisoformat(fields.pop("event.ingested")) <= datetime.now(UTC) + ONE_SECOND
        )
        different = {
            key: (sample.expected.get(key), fields.get(key))
            for key in {*sample.expected, *fields}
            if sample.expected.get(key) != fields.get(key)
        }
        if different or document["_index"] != f"logs-{fields['data_stream.dataset']}-dev":
            wrong[sample.name] = different or document["_index"]
    print(f"\n{format}: {len(tried) - len(wrong)} of {len(tried)} sample lines right")
    assert wrong == {}


@pytest.mark.parametrize("format", list(DATASETS))
def test_no_line_is_dropped_whatever_it_is(engine: httpx.Client, format: str) -> None:
    every = [sample.line for sample in samples()]

    documents = _simulated(engine, format, every)

    assert len(documents) == len(every)
    assert all(document["_source"]["event"]["id"] == "e1" for document in documents)
    assert all("message" in document["_source"] for document in documents)


SECRET = "hunter2"
TOLD = f" password={SECRET} "
HURTING = {
    "one megabyte of one letter": "a" * MEGABYTE + TOLD,
    "one megabyte of JSON": json.dumps({"message": "x" * MEGABYTE + TOLD, "log.level": "error", "token": SECRET}),
    "one megabyte of a JSON secret full of escapes": f'{{"message":"m","password":"{SECRET}'
    + '\\"' * (MEGABYTE // 2)
    + f'{SECRET}"}}',
    "one megabyte of a JSON secret in JSON": json.dumps(
        {"message": json.dumps({"token": SECRET + '"' * (MEGABYTE // 4)})}
    ),
    "one megabyte of words and dots": "a." * (MEGABYTE // 2) + TOLD,
    "one megabyte of almost addresses": "a@b." * (MEGABYTE // 4) + TOLD,
    "one megabyte of quotes after password": "password '" + "''" * (MEGABYTE // 2) + f"{SECRET}'",
    "one megabyte of quotes after password=": "password='" + "''" * (MEGABYTE // 2) + f"{SECRET}'",
    "one megabyte of passwords": f"password:{SECRET} " * (MEGABYTE // 17),
    "one megabyte of lists of cookies": f'"cookie":["{SECRET}","{SECRET}"],' * (MEGABYTE // 31),
    "one megabyte of cookies": "Cookie: " + f'a="{SECRET}"; ' * (MEGABYTE // 13),
    "one megabyte of options": f" --token {SECRET}" * (MEGABYTE // 16),
    "one megabyte of beginnings of keys": f"-----BEGIN PRIVATE KEY-----{SECRET}" * (MEGABYTE // 34),
    "one megabyte of almost cards": "4111 1111 1111 " * (MEGABYTE // 15) + TOLD,
    "one megabyte of line feeds": "a\n" * (MEGABYTE // 2) + TOLD,
    "one megabyte of blanks": " " * MEGABYTE + TOLD,
    "one megabyte of almost access lines": '192.0.2.7 - - [01/Mar/2026:10:00:00 +0000] "GET '
    + '" "' * (MEGABYTE // 3)
    + TOLD,
}


def test_every_line_that_is_made_to_hurt_has_a_secret() -> None:
    assert [name for name, line in HURTING.items() if SECRET not in line] == []


@pytest.mark.parametrize("format", list(DATASETS))
@pytest.mark.parametrize("line", HURTING.values(), ids=HURTING)
def test_a_line_that_is_made_to_hurt_is_kept_in_time(engine: httpx.Client, format: str, line: str) -> None:
    begun = time.monotonic()

    (document,) = _simulated(engine, format, [line])

    assert time.monotonic() - begun < MOST_SECONDS_A_LINE
    assert document["_source"]["message"]
    assert len(document["_source"].get("error", {}).get("message", "")) <= 504
    assert SECRET not in json.dumps(document)


@pytest.mark.parametrize("format", list(DATASETS))
def test_no_field_of_a_document_has_the_secret_of_a_redaction_s_example(
    engine: httpx.Client, format: str, description: Description
) -> None:
    examples = [example for item in description.redactions for example in item.examples]

    documents = _simulated(engine, format, [example.line for example in examples])

    told = [
        example.line
        for example, document in zip(examples, documents, strict=True)
        if example.hidden in json.dumps(document["_source"])
    ]
    assert told == []
