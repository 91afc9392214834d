"""Elasticsearch's nodes: security, TLS on both of its ports, a basic licence."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from observability import files
from observability.engine import Engine
from observability.images import IMAGES
from observability.json_types import Json, Value, as_yaml
from observability.parts import ELASTICSEARCH, node_names
from observability.settings import ElasticsearchSettings

URL: Final = f"https://{ELASTICSEARCH}:9200"
BOOTSTRAP: Final = "bootstrap"
"""Who makes everything else: a superuser of the nodes' own files.

Users in files are what the graph says at every start. The built-in `elastic` takes a password when the data folder is
empty alone: a volume that outlives its stack would keep one that nobody knows any more. Nobody knows it here.
"""

BOOTSTRAP_PASSWORD: Final = "bootstrap-password"  # noqa: S105  # the secret's name
USERS: Final = "elasticsearch-users"
"""The secret that the nodes' file of users is."""

_HOME: Final = "/usr/share/elasticsearch"
_CERTIFICATES: Final = "certificates"
"""Below `config`: the server reads keys nowhere else."""


def nodes(settings: ElasticsearchSettings) -> Mapping[str, Engine]:
    """The nodes by their service's name."""
    names = node_names(settings.nodes)
    return {
        name: Engine(
            image=IMAGES[ELASTICSEARCH].reference,
            memory_mib=settings.memory_mib,
            command=None,
            files={
                f"{_HOME}/config/elasticsearch.yml": as_yaml(configuration(name, names)),
                f"{_HOME}/config/users_roles": f"superuser:{BOOTSTRAP}\n",
            },
            secrets=(files.AUTHORITY,),
            secret_files={f"{_HOME}/config/users": USERS},
            certificate=f"{_HOME}/config/{_CERTIFICATES}",
            aliases=(ELASTICSEARCH,) if name != ELASTICSEARCH else (),
            port=9200,
            # 401 is what it answers to somebody without a password once security is up.
            health=(
                f"curl --silent --cacert {files.path(files.AUTHORITY)} https://localhost:9200/"
                " | grep --quiet 'missing authentication credentials'"
            ),
            starts_within=timedelta(minutes=3),
            volumes={f"{name}-data": f"{_HOME}/data"},
            user="1000:0",
            # Its entry point writes the keystore beside the configuration.
            read_only=False,
            stop_grace_period=timedelta(seconds=60),
        )
        for name in names
    }


def users(password_hash: str) -> str:
    """The nodes' file of users; the hash is bcrypt's, in its form `$2a$`, the only one that Elasticsearch knows."""
    return f"{BOOTSTRAP}:{password_hash}\n"


def configuration(name: str, names: Sequence[str]) -> Json:
    """`elasticsearch.yml` of one of the nodes."""
    certificates = f"{_HOME}/config/{_CERTIFICATES}"
    tls: dict[str, Value] = {
        "enabled": True,
        "certificate": f"{certificates}/{files.CERTIFICATE}",
        "key": f"{certificates}/{files.CERTIFICATE_KEY}",
        "certificate_authorities": [f"{certificates}/{files.AUTHORITY}"],
    }
    together: Json = (
        {"discovery.type": "single-node"}
        if len(names) == 1
        else {"discovery.seed_hosts": list(names), "cluster.initial_master_nodes": list(names)}
    )
    return {
        "cluster.name": "observability",
        "node.name": name,
        "network.host": "0.0.0.0",  # noqa: S104  # inside its container
        # The others connect to what it publishes, and its certificate is for its name, not for its address.
        "network.publish_host": name,
        **together,
        "action.destructive_requires_name": True,
        "ingest.geoip.downloader.enabled": False,
        "xpack.license.self_generated.type": "basic",
        "xpack.ml.enabled": False,
        "xpack.security.enabled": True,
        "xpack.security.enrollment.enabled": False,
        **{f"xpack.security.http.ssl.{key}": value for key, value in tls.items()},
        **{f"xpack.security.transport.ssl.{key}": value for key, value in tls.items()},
        "xpack.security.transport.ssl.verification_mode": "full",
        "xpack.security.transport.ssl.client_authentication": "required",
    }
