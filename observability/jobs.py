"""What is built of this package: the two jobs that make what Elasticsearch and Kibana need, and the count exporter."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from observability import files, producers
from observability.description import Description, Part
from observability.elasticsearch.content import content
from observability.elasticsearch.counts import counts
from observability.elasticsearch.roles import KIBANA_SYSTEM, LOG_COUNTER, USERS
from observability.elasticsearch.service import BOOTSTRAP, BOOTSTRAP_PASSWORD, URL
from observability.engine import DONE, HEALTHY, Engine
from observability.json_types import Json
from observability.kibana import service as kibana
from observability.parts import BOOTSTRAP_ELASTICSEARCH, BOOTSTRAP_KIBANA, node_names
from services.model import Build

_BUILD: Final = Build(context="observability", dockerfile="bootstrap/Dockerfile")
_USER: Final = "10001:10001"
_CONTENT: Final = "/etc/observability/content.json"
_QUERIES: Final = "/etc/observability/queries.json"
_SAVED_OBJECTS: Final = "saved_objects"


def engines(description: Description, nodes: int, accepted: Sequence[str]) -> Mapping[str, Engine]:
    """Jobs and exporter by their services' names; `accepted` are policies that may become shorter."""
    made = content(description)
    found = {
        BOOTSTRAP_ELASTICSEARCH: _job(
            "elasticsearch",
            {kind: body for kind, body in made.items() if kind != _SAVED_OBJECTS},
            url=URL,
            secrets=(BOOTSTRAP_PASSWORD, *(user.password for user in (*USERS, KIBANA_SYSTEM))),
            waits_for=tuple(node_names(nodes)),
            accepted=accepted,
        ),
        BOOTSTRAP_KIBANA: _job(
            "kibana",
            {_SAVED_OBJECTS: made[_SAVED_OBJECTS]},
            url=f"https://{kibana.NAME}:{kibana.PORT}",
            secrets=(BOOTSTRAP_PASSWORD,),
            waits_for=(kibana.NAME,),
        ),
    }
    if Part.METRICS in description.parts:
        found[producers.COUNTS] = _counter(description)
    return found


def _job(
    name: str,
    made: Json,
    *,
    url: str,
    secrets: tuple[str, ...],
    waits_for: tuple[str, ...],
    accepted: Sequence[str] = (),
) -> Engine:
    return Engine(
        build=_BUILD,
        memory_mib=128,
        command=("observability.bootstrap", name, _CONTENT),
        environment={
            "URL": url,
            "CA_FILE": files.path(files.AUTHORITY),
            "USER_NAME": BOOTSTRAP,
            **({"ACCEPT_SHORTER_RETENTION": ",".join(sorted(accepted))} if accepted else {}),
        },
        files={_CONTENT: json.dumps(made, indent=1)},
        secrets=(files.AUTHORITY, *secrets),
        depends_on=dict.fromkeys(waits_for, HEALTHY),
        user=_USER,
        is_job=True,
    )


def _counter(description: Description) -> Engine:
    return Engine(
        build=_BUILD,
        memory_mib=128,
        command=("observability.exporter", _QUERIES),
        environment={
            "URL": URL,
            "CA_FILE": files.path(files.AUTHORITY),
            "USER_NAME": LOG_COUNTER.name,
            "PASSWORD_FILE": files.path(LOG_COUNTER.password),
        },
        files={_QUERIES: json.dumps(counts(description), indent=1)},
        secrets=(files.AUTHORITY, LOG_COUNTER.password),
        port=9200,
        health=("python -c \"import urllib.request as web; web.urlopen('http://localhost:9200/healthz', timeout=3)\""),
        depends_on={BOOTSTRAP_ELASTICSEARCH: DONE},
        user=_USER,
    )
