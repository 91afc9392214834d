"""An example of every key that has an effect on a managed service."""

from collections.abc import Mapping
from typing import Any, Final

from tests.unit.services.support_examples import IMAGE, Example, Tree

DATABASE: Final[Tree] = {
    "image": f"postgres:17@sha256:{'0' * 64}",
    "environment": {"POSTGRES_PASSWORD": "long-enough"},
    "networks": {"edge": {}},
    "tmpfs": ["/var/lib/postgresql"],
    "x-aws": {"managed": "rds"},
}
CACHE: Final[Tree] = {
    "image": f"redis:7@sha256:{'0' * 64}",
    "networks": {"edge": {}},
    "x-aws": {"managed": "elasticache"},
}
_FIRST: Final[Tree] = {"image": IMAGE, "networks": {"edge": {}}, "expose": ["9000"]}
_BY_FILE: Final[Tree] = {**DATABASE, "environment": {"POSTGRES_PASSWORD_FILE": "/run/secrets/key"}}
_DONE: Final = "service_completed_successfully"


def _examples(service: Tree, kind: str) -> dict[str, Example]:
    """Examples of what every managed service has."""

    def laid(**keys: Any) -> Example:
        return Example(before={"services": {"db": service}}, after={"services": {"db": keys}})

    behind: Tree = {**service, "depends_on": {"first": {}}}
    chain: Tree = {"web": {"depends_on": {"db": {}}}, "first": _FIRST}
    return {
        "services.*.networks": Example(
            before={"networks": {"other": {}}, "services": {"db": service}},
            after={"services": {"db": {"networks": {"other": {}}}}},
        ),
        "services.*.networks.*.aliases": laid(networks={"edge": {"aliases": ["data"]}}),
        "services.*.container_name": laid(container_name="data"),
        "services.*.depends_on": Example(
            before={"services": {**chain, "db": service}}, after={"services": {"db": {"depends_on": {"first": {}}}}}
        ),
        "services.*.depends_on.*.condition": Example(
            before={"services": {**chain, "db": behind}},
            after={"services": {"db": {"depends_on": {"first": {"condition": _DONE}}}}},
        ),
        "services.*.links": laid(links=["store:shelf"]),
        "services.*.x-aws.managed": Example(
            before={"services": {"db": {**service, "x-aws": {}}}},
            after={"services": {"db": {"x-aws": {"managed": kind}}}},
        ),
    }


def _secret(service: Tree, *mounts: Tree, **changed: Any) -> Example:
    """An example of how secrets are mounted, the first one of which is changed."""
    return Example(
        before={
            "secrets": {"one": {"environment": "ONE"}, "two": {"environment": "TWO"}},
            "services": {"db": {**service, "secrets": mounts}},
        },
        after={"services": {"db": {"secrets": [{**mounts[0], **changed}, *mounts[1:]]}}},
    )


EXAMPLES: Final[Mapping[str, Mapping[str, Example]]] = {
    "rds": {
        **_examples(DATABASE, "rds"),
        "services.*.image": Example(
            before={"services": {"db": DATABASE}}, after={"services": {"db": {"image": "postgres:16"}}}
        ),
        "services.*.environment": Example(
            before={"services": {"db": DATABASE}},
            after={"services": {"db": {"environment": {"POSTGRES_USER": "shop"}}}},
        ),
        "services.*.command": Example(
            before={"services": {"db": DATABASE}},
            after={"services": {"db": {"command": ["postgres", "-c", "log_connections=on"]}}},
        ),
        "services.*.secrets.*.source": _secret(_BY_FILE, {"source": "one", "target": "key"}, source="two"),
        "services.*.secrets.*.target": _secret(
            _BY_FILE, {"source": "one", "target": "other"}, {"source": "two", "target": "key"}, target="key"
        ),
    },
    "elasticache": {
        **_examples(CACHE, "elasticache"),
        "services.*.image": Example(
            before={"services": {"db": CACHE}}, after={"services": {"db": {"image": "valkey/valkey:8"}}}
        ),
        "services.*.environment": Example(
            before={"services": {"db": CACHE}},
            after={"services": {"db": {"environment": {"REDIS_PASSWORD": "long-enough-for-it"}}}},
        ),
        "services.*.command": Example(
            before={"services": {"db": CACHE}},
            after={"services": {"db": {"command": ["redis-server", "--requirepass", "long-enough-for-it"]}}},
        ),
        "services.*.secrets.*.source": _secret(CACHE, {"source": "one", "target": "key"}, source="two"),
        "services.*.secrets.*.target": _secret(
            {**CACHE, "command": ["redis-server", "--dir", "/run/secrets/key"]}, {"source": "one"}, target="key"
        ),
    },
}
"""Value of `x-aws.managed` -> pattern of a key -> an example of it."""
