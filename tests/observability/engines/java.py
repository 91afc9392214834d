"""Java engines from Maven Central: their jars, and our starters compiled against them."""

import os
import re
from pathlib import Path

from tests.observability.engines.cache import SOURCES, CannotBeHadError, part, run, tool

_JVMS = Path("/usr/lib/jvm")


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


def engine(name: str, *, least_java: int) -> Path:
    """The folder of an engine: `lib/` has its jars, `classes/` our starter."""
    source = SOURCES / name
    files = sorted(path for path in source.rglob("*") if path.is_file())

    def make(folder: Path) -> None:
        binaries = java(least_java)
        run(
            [
                tool("mvn"),
                "-q",
                "-B",
                "-f",
                source / "pom.xml",
                "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
                f"-DoutputDirectory={folder / 'lib'}",
            ],
            folder=folder,
            environment={**os.environ, "JAVA_HOME": str(binaries.parent)},
        )
        sources = [path for path in files if path.suffix == ".java"]
        run(
            [binaries / "javac", "-nowarn", "-cp", f"{folder / 'lib'}/*", "-d", folder / "classes", *sources],
            folder=folder,
        )

    return part(name, [path.read_text() for path in files], make)
