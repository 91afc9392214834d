"""What stand-ins take from outside: the engines that the tests of observability fetch and build, once."""

from collections.abc import Mapping
from pathlib import Path

from tests.observability.engines import java
from tests.observability.engines.fluent_bit import fluent_bit

_LEAST_JAVA = 21


def parts() -> Mapping[str, Path]:
    """Name of a build context -> folder."""
    found = {"fluent-bit-program": fluent_bit().parent}
    for engine in ("elasticsearch", "opensearch"):
        starter, jars = java.class_path(engine, least_java=_LEAST_JAVA).split(":")
        found |= {f"{engine}-starter": Path(starter), f"{engine}-jars": Path(jars.removesuffix("/*"))}
    return found
