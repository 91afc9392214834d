#!/usr/bin/python3
"""The official image's contract: `elasticsearch.yml`, settings in the environment, ELASTIC_PASSWORD or its _FILE."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml

HOME = Path("/usr/share/elasticsearch")
OF_ABSENT_MODULES = ("ingest.geoip.",)
"""What the server here does not know, and would refuse."""
SIMULATOR = "http://127.0.0.1:9201"
SIMULATOR_SECONDS = 90


def java(program: str, heap: str, *options: str) -> list[str]:
    """The command of a starter in `/usr/share/PROGRAM`."""
    home = f"/usr/share/{program}"
    limits = [f"-Xms{heap}", f"-Xmx{heap}", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"]
    return ["java", *limits, *options, "-cp", f"{home}/starter:{home}/lib/*", "Starter"]


def run_simulator() -> None:
    """Start what runs ingest processors, and wait until it answers."""
    with Path("/tmp/opensearch.log").open("wb") as log:  # noqa: S108  # the container's own
        command = [*java("opensearch", "256m"), "/tmp/opensearch", "9201", "9301"]  # noqa: S108
        process = subprocess.Popen(command, stdout=log, stderr=log)
    deadline = time.monotonic() + SIMULATOR_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{SIMULATOR}/_cluster/health", timeout=5):  # noqa: S310  # loopback
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    sys.exit("ERROR: what runs ingest processors does not start, see /tmp/opensearch.log")


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Settings of a document, nested or not, as dotted names and text."""
    if isinstance(value, dict):
        for key, below in cast("dict[str, Any]", value).items():
            yield from flat(below, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        yield name, ",".join(map(str, cast("list[Any]", value)))
    else:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def password() -> str | None:
    """The superuser's, which acts on the first start alone."""
    file = os.environ.get("ELASTIC_PASSWORD_FILE")
    if file is None:
        return os.environ.get("ELASTIC_PASSWORD")
    if "ELASTIC_PASSWORD" in os.environ:
        sys.exit("ERROR: both ELASTIC_PASSWORD and ELASTIC_PASSWORD_FILE are set")
    return Path(file).read_text(encoding="utf-8").rstrip("\n")


settings = {
    # The server reads a file of this name below its own folder, too, and refuses what it does not know.
    "path.home": "/tmp/home",  # noqa: S108  # the container's own
    "path.data": str(HOME / "data"),
    **dict(flat(yaml.safe_load((HOME / "config/elasticsearch.yml").read_text(encoding="utf-8")) or {})),
    **{name: value for name, value in os.environ.items() if re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", name)},
}
known = {name: value for name, value in settings.items() if not name.startswith(OF_ABSENT_MODULES)}
if (chosen := password()) is not None:
    known["bootstrap.password"] = chosen
# The starter reads one file; it is gone from the disk when the container is.
file = Path("/tmp/settings")  # noqa: S108  # the container's own
file.touch(mode=0o600)
file.write_text("".join(f"{name}: {value}\n" for name, value in known.items()), encoding="utf-8")
# Users in files are read below that folder as well.
own = Path(settings["path.home"], "config")
own.mkdir(parents=True, exist_ok=True)
for name in ("users", "users_roles"):
    if (HOME / "config" / name).exists() and not (own / name).is_symlink():
        (own / name).symlink_to(HOME / "config" / name)
print("A stand-in: the server of Maven Central, with OpenSearch's ingest processors, without lifecycles.", flush=True)
run_simulator()
options = (
    f"-Dingest.simulator={SIMULATOR}",
    "-Des.nativelibs.path=/native",
    # Without it the lack of this library disables zstd as well, and with that best_compression.
    "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
    "--add-modules=jdk.incubator.vector",
)
command = [*java("elasticsearch", "512m", *options), str(file)]
os.execvp(command[0], command)  # noqa: S606
