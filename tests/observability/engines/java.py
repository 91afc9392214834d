"""Java engines from Maven Central: their jars, and our starters compiled against them."""

import os
import re
from pathlib import Path

from tests.observability.engines.cache import SOURCES, CannotBeHadError, part, run, tool

_JVMS = Path("/usr/lib/jvm")
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def java(least: int) -> Path:
    """`bin/` of the newest JDK that is at least this version.

    Raises:
        CannotBeHadError: There is none.
    """
    found: dict[int, Path] = {}
    for release in _JVMS.glob("*/release"):
        version = re.search(r'JAVA_VERSION="(\d+)', release.read_text())
        if version and (release.parent / "bin" / "javac").exists():
            found[int(version[1])] = release.parent / "bin"
    newest = max(found, default=0)
    if newest < least:
        raise CannotBeHadError(f"no JDK {least} or newer below {_JVMS}; the newest is {newest or 'none'}")
    return found[newest]


def class_path(name: str, *, least_java: int) -> str:
    """The class path of an engine: its jars, and our starter compiled against them."""
    source = SOURCES / name
    pom = source / "pom.xml"

    def fetch(folder: Path) -> None:
        run(
            [tool("mvn"), "-q", "-B", "-f", pom, _COPY, f"-DoutputDirectory={folder}"],
            folder=folder,
            environment={**os.environ, "JAVA_HOME": str(java(least_java).parent)},
        )

    jars = part(name, [_COPY, pom.read_text()], fetch)
    sources = sorted(source.rglob("*.java"))

    def build(folder: Path) -> None:
        run([java(least_java) / "javac", "-nowarn", "-cp", f"{jars}/*", "-d", folder, *sources], folder=folder)

    classes = part(f"{name}-starter", [jars.name, *(path.read_text() for path in sources)], build)
    return f"{classes}:{jars}/*"
