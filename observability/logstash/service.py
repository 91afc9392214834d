"""Logstash: lines come in over TLS, and go on to Elasticsearch."""

from datetime import timedelta
from typing import Final

from observability import files
from observability.description import Description
from observability.elasticsearch.roles import LOGSTASH_WRITER
from observability.elasticsearch.service import URL
from observability.engine import DONE, Engine, with_passwords
from observability.images import IMAGES
from observability.logstash import pipeline
from observability.parts import BOOTSTRAP_ELASTICSEARCH

NAME: Final = "logstash"
SHIPPER_PASSWORD: Final = "shipper-password"  # noqa: S105  # the secret's name
_HOME: Final = "/usr/share/logstash"
_HEAP_MIB: Final = 512


def engine(description: Description) -> Engine:
    """Logstash, with one pipeline."""
    return Engine(
        image=IMAGES[NAME].reference,
        memory_mib=2 * _HEAP_MIB + 256,
        entrypoint=("bash", "-c"),
        command=with_passwords(
            {"SHIPPER_PASSWORD": SHIPPER_PASSWORD, "WRITER_PASSWORD": LOGSTASH_WRITER.password},
            "/usr/local/bin/docker-entrypoint",
        ),
        environment={
            "LS_JAVA_OPTS": f"-Xms{_HEAP_MIB}m -Xmx{_HEAP_MIB}m",
            "CA_FILE": files.path(files.AUTHORITY),
            "CERTIFICATE_FILE": files.path(files.CERTIFICATE),
            "KEY_FILE": files.path(files.CERTIFICATE_KEY),
        },
        files={
            f"{_HOME}/config/logstash.yml": pipeline.settings(),
            f"{_HOME}/pipeline/logstash.conf": pipeline.pipeline(description, elasticsearch_url=URL),
        },
        secrets=(SHIPPER_PASSWORD, LOGSTASH_WRITER.password),
        certificate=files.FOLDER,
        port=pipeline.PORT,
        health="curl --fail --silent --output /dev/null http://localhost:9600/_node/pipelines/main",
        starts_within=timedelta(minutes=3),
        depends_on={BOOTSTRAP_ELASTICSEARCH: DONE},
        volumes={"logstash-queue": f"{_HOME}/data"},
        user="1000:0",
        # Its entry point writes settings beside the configuration.
        read_only=False,
        stop_grace_period=timedelta(seconds=60),
    )
