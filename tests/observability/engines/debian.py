"""Programs from Debian packages, unpacked beside the system: nothing is installed."""

import os
from collections.abc import Sequence
from pathlib import Path

from tests.observability.engines.cache import CannotBeHadError, part, run, tool


def unpacked(name: str, packages: Sequence[str]) -> Path:
    """The root below which the packages' files lie."""

    def make(folder: Path) -> None:
        fetch(packages, into=folder)

    return part(name, packages, make)


def fetch(packages: Sequence[str], *, into: Path) -> None:
    """Download with lists and caches of our own, and unpack."""
    apt = tool("apt-get")
    unpack = tool("dpkg-deb")
    work = into / "apt"
    for below in ("lists/partial", "cache/archives/partial", "packages"):
        (work / below).mkdir(parents=True)
    options = [
        "-qq",
        "-o",
        f"Dir::State::lists={work / 'lists'}",
        "-o",
        f"Dir::Cache={work / 'cache'}",
        "-o",
        "APT::Sandbox::User=root",
    ]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run([apt, *options, "update"], folder=work, environment=environment)
    run([apt, *options, "download", *packages], folder=work / "packages", environment=environment)
    archives = sorted((work / "packages").glob("*.deb"))
    if len(archives) != len(packages):
        raise CannotBeHadError(f"apt-get gave {len(archives)} of {len(packages)} packages")
    for archive in archives:
        run([unpack, "-x", archive, into], folder=into)


METRICS = (
    "prometheus",
    "prometheus-alertmanager",
    "prometheus-blackbox-exporter",
    "prometheus-node-exporter",
    "prometheus-elasticsearch-exporter",
    "prometheus-postgres-exporter",
)


def alertmanager(programs: Path) -> list[Path | str]:
    """The command that starts Alertmanager: Debian's reads its template from /usr/share, so it gets the package's.

    The mount is in a name space of its own: nothing of the machine changes, and the process is the program itself.
    """
    shares = programs.parent / "share"
    mount = 'mount --bind "$0" /usr/share && exec "$@"'
    return [tool("unshare"), "--mount", "sh", "-c", mount, shares, programs / "prometheus-alertmanager"]


def metrics_programs() -> Path:
    """The folder of prometheus, promtool, prometheus-alertmanager, amtool and the exporters."""
    return unpacked("prometheus", METRICS) / "usr" / "bin"
