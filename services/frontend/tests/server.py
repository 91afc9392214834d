"""The real nginx with the service's own configuration, started by the service's own start.sh."""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from tenacity import retry, stop_after_delay, wait_fixed

from tests.debian import libraries, unpacked
from tests.ports import free_port

CONFIGURATION = Path(__file__).resolve().parents[1] / "nginx"


def nginx_environment() -> dict[str, str]:
    """The environment in which `nginx` is found: the one on PATH, or Debian's.

    Raises:
        UnavailableError: It is not here and cannot be fetched.
    """
    if shutil.which("nginx"):
        return {"PATH": os.environ["PATH"]}
    root = unpacked("nginx", ("nginx",))
    return {"PATH": f"{root / 'usr/sbin'}:{os.environ['PATH']}", "LD_LIBRARY_PATH": libraries(root)}


@dataclass(frozen=True)
class Frontend:
    """A running frontend on loopback."""

    url: str
    port: int
    process: "subprocess.Popen[bytes]"
    _folder: Path

    @property
    def log(self) -> list[dict[str, Any]]:
        """The access log. A line that is no JSON object raises."""
        return [json.loads(line) for line in (self._folder / "stdout").read_bytes().splitlines()]

    @property
    def errors(self) -> str:
        """What nginx said on stderr."""
        return (self._folder / "stderr").read_text()

    def entry(self, request_id: str) -> dict[str, Any]:
        """The line of one request: it is written after the answer was sent."""

        @retry(stop=stop_after_delay(5), wait=wait_fixed(0.02), reraise=True)
        def find() -> dict[str, Any]:
            (found,) = [entry for entry in self.log if entry["event.id"] == request_id]
            return found

        return find()

    def raw(self, request: bytes) -> bytes:
        """What comes back for these bytes until the connection ends."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def frontend(
    nginx: Mapping[str, str],
    site: Path,
    *,
    backend_port: int,
    backend_host: str = "127.0.0.1",
    resolver: str = "127.0.0.1",
    changes: Mapping[str, str] | None = None,
) -> Generator[Frontend]:
    """Run the frontend with the site. `changes` replaces texts of the configuration: to shorten a time-out."""
    # Workers are not root: what they read must be open to all, as pytest's own folders are not.
    with TemporaryDirectory(prefix="frontend-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(site, folder / "site")
        (folder / "site").chmod(0o755)
        shutil.copytree(CONFIGURATION, folder / "configuration")
        template = folder / "configuration/nginx.conf.template"
        for old, new in (changes or {}).items():
            text = template.read_text()
            assert old in text, f"the configuration has no {old!r}"
            template.write_text(text.replace(old, new))
        port = free_port()
        environment = {
            **nginx,
            "TMPDIR": name,
            "SITE": str(folder / "site"),
            "PORT": str(port),
            "BACKEND_HOST": backend_host,
            "BACKEND_PORT": str(backend_port),
            "RESOLVERS": resolver,
        }
        with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
            process = subprocess.Popen(
                [folder / "configuration/start.sh"], env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        running = Frontend(f"http://127.0.0.1:{port}", port, process, folder)
        try:
            _wait_until_healthy(running)
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=10)


@retry(stop=stop_after_delay(60), wait=wait_fixed(0.02), reraise=True)
def _wait_until_healthy(running: Frontend) -> None:
    assert running.process.poll() is None, running.errors
    httpx.get(f"{running.url}/healthz").raise_for_status()
