"""OpenSearch with its ingest processors, and what an Elasticsearch artifact must lose to run there."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from observability.bootstrap.documents import as_list, as_object
from tests.observability.engines import java
from tests.observability.engines.process import running, until
from tests.ports import free_port

_LEAST_JAVA = 21
_READY_SECONDS = 90


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node that answers; whoever comes may do everything."""

    url: str
    folder: Path

    def client(self) -> httpx.Client:
        """A client."""
        return httpx.Client(base_url=self.url, timeout=60)


@contextmanager
def node(folder: Path, *, port: int | None = None) -> Generator[Node]:
    """A node on loopback with its data in `folder`."""
    classes = java.class_path("opensearch", least_java=_LEAST_JAVA)
    folder.mkdir(parents=True, exist_ok=True)
    chosen = port or free_port()
    command = [
        java.java(_LEAST_JAVA) / "java",
        "-Xms512m",
        "-Xmx512m",
        "-XX:TieredStopAtLevel=1",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        classes,
        "Starter",
        folder / "node",
        str(chosen),
        str(free_port()),
    ]
    log = folder / "opensearch.log"
    with running(command, log=log, folder=folder) as process:
        made = Node(url=f"http://127.0.0.1:{chosen}", folder=folder)
        with made.client() as client:
            until(
                "OpenSearch",
                lambda: client.get("/_cluster/health?wait_for_status=yellow&timeout=1s").status_code == 200,
                seconds=_READY_SECONDS,
                process=process,
                log=log,
            )
        yield made


def pipeline(body: Mapping[str, Any]) -> dict[str, Any]:
    """A pipeline as OpenSearch takes it: `reroute`, which it lacks, becomes the `_index` that it would lead to."""
    return {
        key: [_processor(item) for item in value] if key in {"processors", "on_failure"} else value
        for key, value in body.items()
        if key != "_meta"
    }


def _processor(item: Mapping[str, Any]) -> dict[str, Any]:
    ((name, settings),) = item.items()
    if name != "reroute":
        return {name: settings}
    (dataset,), (namespace,) = settings["dataset"], settings["namespace"]
    return {"set": {"field": "_index", "value": f"logs-{dataset}-{namespace}", "if": settings["if"]}}


def index_template(body: Mapping[str, Any]) -> dict[str, Any]:
    """An index template as OpenSearch takes it: it has neither lifecycles nor failure stores."""
    template = dict(body["template"])
    template.pop("data_stream_options", None)
    index = {key: value for key, value in template["settings"]["index"].items() if key != "lifecycle"}
    return {
        **{key: value for key, value in body.items() if key != "data_stream"},
        "data_stream": {},
        "template": {**template, "settings": {"index": index}},
    }


def component_template(body: Mapping[str, Any]) -> dict[str, Any]:
    """A component template as OpenSearch takes it: some types and settings have other names there, or none."""
    template = dict(body["template"])
    if "mappings" in template:
        template["mappings"] = _types(template["mappings"])
    if "settings" in template:
        index = dict(template["settings"]["index"])
        index["mapping"] = {"ignore_malformed": "true", "total_fields": {"limit": "1000"}}
        template["settings"] = {"index": index}
    return {**body, "template": template}


def _types(value: Any) -> Any:
    if (pairs := as_object(value)) is not None:
        if pairs.get("type") == "flattened":
            return {"type": "flat_object"}
        return {key: _types(below) for key, below in pairs.items()}
    if (entries := as_list(value)) is not None:
        return [_types(below) for below in entries]
    return value
