"""Kibana: stateless; what it shows is in Elasticsearch, and made by the bootstrap."""

from datetime import timedelta
from typing import Final

from observability import files
from observability.elasticsearch.roles import KIBANA_SYSTEM
from observability.elasticsearch.service import URL
from observability.engine import DONE, INSIDE, OUTSIDE, Engine, with_passwords
from observability.images import IMAGES
from observability.json_types import Json, as_yaml
from observability.parts import BOOTSTRAP_ELASTICSEARCH

NAME: Final = "kibana"
PORT: Final = 5601
_HOME: Final = "/usr/share/kibana"
_KEYS: Final = {
    "xpack.encryptedSavedObjects.encryptionKey": ("SAVED_OBJECTS_KEY", "kibana-saved-objects-key"),
    "xpack.reporting.encryptionKey": ("REPORTING_KEY", "kibana-reporting-key"),
    "xpack.security.encryptionKey": ("SESSION_KEY", "kibana-session-key"),
}
"""Setting -> variable and secret: without fixed keys, sessions and what is encrypted end with the process."""

_PASSWORDS: Final = {"KIBANA_SYSTEM_PASSWORD": KIBANA_SYSTEM.password, **dict(_KEYS.values())}


def engine(published: int) -> Engine:
    """Kibana, published on loopback at a port."""
    return Engine(
        image=IMAGES[NAME].reference,
        memory_mib=1536,
        entrypoint=("bash", "-c"),
        command=with_passwords(_PASSWORDS, f"{_HOME}/bin/kibana"),
        environment={"NODE_OPTIONS": "--max-old-space-size=1024"},
        files={f"{_HOME}/config/kibana.yml": as_yaml(configuration(published))},
        secrets=tuple(_PASSWORDS.values()),
        certificate=files.FOLDER,
        port=PORT,
        published=published,
        networks=(INSIDE, OUTSIDE),
        health=(
            f"curl --fail --silent --output /dev/null --cacert {files.path(files.AUTHORITY)}"
            f" https://localhost:{PORT}/api/status"
        ),
        starts_within=timedelta(minutes=5),
        depends_on={BOOTSTRAP_ELASTICSEARCH: DONE},
        user="1000:0",
        # It writes its instance's id, and bundles that it optimises, below its own folder.
        read_only=False,
        stop_grace_period=timedelta(seconds=30),
    )


def configuration(published: int) -> Json:
    """`kibana.yml`; passwords and keys come from variables of the process."""
    return {
        "server.name": NAME,
        "server.host": "0.0.0.0",  # noqa: S104  # inside its container
        "server.publicBaseUrl": f"https://localhost:{published}",
        "server.ssl.enabled": True,
        "server.ssl.certificate": files.path(files.CERTIFICATE),
        "server.ssl.key": files.path(files.CERTIFICATE_KEY),
        "elasticsearch.hosts": [URL],
        "elasticsearch.username": KIBANA_SYSTEM.name,
        "elasticsearch.password": "${KIBANA_SYSTEM_PASSWORD}",
        "elasticsearch.ssl.certificateAuthorities": [files.path(files.AUTHORITY)],
        **{setting: f"${{{variable}}}" for setting, (variable, _) in _KEYS.items()},
        "status.allowAnonymous": True,
        "telemetry.optIn": False,
        "logging.appenders.console": {"type": "console", "layout": {"type": "json"}},
        "logging.root.appenders": ["console"],
    }
