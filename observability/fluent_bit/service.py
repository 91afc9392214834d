"""Fluent Bit: reads what the engine keeps of every container's output."""

from typing import Final

from observability import files
from observability.description import Description
from observability.engine import HEALTHY, Engine
from observability.fluent_bit import configuration
from observability.images import IMAGES
from observability.logstash import pipeline
from observability.logstash import service as logstash

NAME: Final = "fluent-bit"
VARIABLES: Final = "shipper-variables"
"""A secret in Fluent Bit's own form: its image has no shell that could read a password from a file."""

_FOLDER: Final = "/fluent-bit/etc"


def engine(description: Description, data_root: str) -> Engine:
    """Fluent Bit; `data_root` is where the engine keeps its containers' files.

    Its image has no program that a health check could be, so it is probed from outside.
    """
    return Engine(
        image=IMAGES[NAME].reference,
        memory_mib=256,
        command=("/fluent-bit/bin/fluent-bit", "-c", f"{_FOLDER}/fluent-bit.conf"),
        files={
            f"{_FOLDER}/fluent-bit.conf": configuration.configuration(
                description,
                logstash=logstash.NAME,
                port=pipeline.PORT,
                ca_file=files.path(files.AUTHORITY),
            ),
            configuration.PARSERS: configuration.parsers(),
            configuration.SCRIPT: configuration.script(description),
        },
        secrets=(files.AUTHORITY, VARIABLES),
        port=configuration.PORT,
        depends_on={logstash.NAME: HEALTHY},
        volumes={"fluent-bit-state": configuration.STATE},
        binds={f"{data_root}/containers": configuration.CONTAINERS},
        # The files belong to root; without capabilities that is all that root can do here.
        user="0:0",
    )
