"""One measurement: every query once, and its values in Prometheus' text format."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx


def measure(client: httpx.Client, content: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    """The page of metrics, and why queries failed, by metric.

    A stream without documents has the value 0. A query that fails has no values, and `logs_count_query_success` 0.
    """
    pages: list[str] = []
    failures: dict[str, str] = {}
    for query in content["queries"]:
        metric = query["metric"]
        try:
            found = _ask(client, query)
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            failures[metric] = _told(error)
            continue
        pages.append(_page(metric, query["help"], _samples(query, content["streams"], found)))
    success = ((f'{{query="{query["metric"]}"}}', int(query["metric"] not in failures)) for query in content["queries"])
    pages.append(_page("logs_count_query_success", "Whether the query was answered.", success))
    return "".join(pages), failures


def _ask(client: httpx.Client, query: Mapping[str, Any]) -> Mapping[str, int]:
    """Documents by what the query counts by."""
    answer = client.post(
        f"/{query['index']}/_search",
        params={"ignore_unavailable": "true", "allow_no_indices": "true"},
        json=query["search"],
    )
    answer.raise_for_status()
    body = answer.json()
    if body.get("timed_out") or body["_shards"]["failed"]:
        raise ValueError(f"incomplete: {body['_shards']['failed']} shards failed")
    # Streams of which none exists yet give an answer without aggregations.
    buckets = body.get("aggregations", {}).get("streams", {}).get("buckets", [])
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}


def _samples(
    query: Mapping[str, Any], streams: Mapping[str, Mapping[str, str]], found: Mapping[str, int]
) -> Iterator[tuple[str, int]]:
    for name in query["streams"]:
        labels = streams[name]
        text = ",".join(f"{key}={json.dumps(value)}" for key, value in sorted(labels.items()))
        yield f"{{{text}}}", found.get(labels[query["by"]], 0)


def _page(metric: str, help: str, samples: Iterator[tuple[str, int]]) -> str:
    lines = "".join(f"{metric}{labels} {value}\n" for labels, value in samples)
    return f"# HELP {metric} {help}\n# TYPE {metric} gauge\n{lines}"


def _told(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"{error.response.status_code}: {' '.join(error.response.text.split())[:300]}"
    return f"{type(error).__name__}: {error}"
