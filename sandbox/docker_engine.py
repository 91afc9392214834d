"""The reader's Docker engine: found as the docker command finds it, old ones refused, its errors in plain words."""

import json
import os
import re
import subprocess
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast

from docker import APIClient
from docker.errors import APIError, DockerException
from docker.tls import TLSConfig
from docker.utils import kwargs_from_env
from requests.exceptions import RequestException

from sandbox.errors import BadInputError
from sandbox.plugin import ProviderError

OLDEST_API: Final = (1, 44)
OLDEST_ENGINE: Final = "25.0"
"""The first engine with that API, and with it `start_interval` of health checks."""

DEFAULT_HOST: Final = "unix:///var/run/docker.sock"
_PROBE_SECONDS: Final = 20

_INSTALL: Final = "Install Docker Engine (https://docs.docker.com/engine/install/) or start it: systemctl start docker"


@dataclass
class DockerEngine:
    """A connection to the engine for each thread."""

    url: str
    identity: str
    """The engine's own id: another engine has another one."""
    version: str
    region: str = ""
    """The engine is in no region of AWS."""
    _local: threading.local = field(default_factory=threading.local, repr=False)

    @classmethod
    def connect(cls, environ: Mapping[str, str]) -> "DockerEngine":
        """The engine that DOCKER_HOST, the docker command's current context, or else the usual socket names.

        Raises:
            BadInputError: There is none, it is too old, or this user may not use it.
        """
        url = environ.get("DOCKER_HOST") or _url_of_context() or DEFAULT_HOST
        engine = cls(url=url, identity="", version="")
        try:
            told = cast("dict[str, Any]", engine.api.version())
            engine.identity = str(cast("dict[str, Any]", engine.api.info())["ID"])
        except (DockerException, RequestException, ValueError) as error:
            raise BadInputError(_unreachable(url, error)) from error
        engine.version = str(told["Version"])
        offered = tuple(int(part) for part in str(told["ApiVersion"]).split("."))
        if offered < OLDEST_API:
            raise BadInputError(
                f"The Docker engine at {url} is {engine.version} (API {told['ApiVersion']}); the sandbox needs "
                f"{OLDEST_ENGINE} or newer (API {'.'.join(map(str, OLDEST_API))}).\n"
                "Upgrade it: https://docs.docker.com/engine/install/"
            )
        return engine

    @property
    def api(self) -> Any:
        """This thread's client (docker.APIClient, which is partly untyped): the library's are not to be shared."""
        client: APIClient | None = getattr(self._local, "client", None)
        if client is None:
            settings = cast("dict[str, Any]", kwargs_from_env({**os.environ, "DOCKER_HOST": self.url}))
            tls = cast("TLSConfig | bool", settings.get("tls", False))
            client = APIClient(base_url=str(settings["base_url"]), tls=tls, version="auto")
            client.timeout = _PROBE_SECONDS if not self.identity else 120
            self._local.client = client
        return client


def _url_of_context() -> str | None:
    """The address of the docker command's current context; None without the command."""
    try:
        shown = subprocess.run(
            ["docker", "context", "inspect"], capture_output=True, text=True, check=True, timeout=_PROBE_SECONDS
        )
        contexts = cast("list[dict[str, Any]]", json.loads(shown.stdout))
        return str(contexts[0]["Endpoints"]["docker"]["Host"]) or None
    except (OSError, subprocess.SubprocessError, ValueError, LookupError):
        return None


def _unreachable(url: str, error: Exception) -> str:
    text = str(error)
    if "Permission denied" in text or "PermissionError" in text:
        return (
            f"This user may not use the Docker engine at {url}.\n"
            "Join its group (sudo usermod -aG docker $USER, then log in anew), or use a rootless engine."
        )
    return f"No Docker engine answers at {url}.\n{_INSTALL}\nAnother engine is named by DOCKER_HOST."


@contextmanager
def plain_words(what: str) -> Generator[None]:
    """Turn what the engine refuses within into a `ProviderError` about `what`, with the remedy where one is known."""
    try:
        yield
    except APIError as error:
        raise ProviderError(f"{what}: {explained(str(error.explanation or error))}") from error
    except (DockerException, RequestException) as error:
        raise ProviderError(
            f"{what}: the Docker engine does not answer ({error}). Is it still running? docker info"
        ) from error


_PORT_TAKEN = re.compile(
    r"Bind for (?P<bound>\S+) failed: port is already allocated"
    r"|listen \w+ (?P<listened>\S+): bind: address already in use"
    r"|failed to bind host port (?:for )?(?P<host>[\d.]+:\d+).*address already in use"
)
_NO_IMAGE = re.compile(r"No such image: (?P<image>\S+)")
_CANNOT_PULL = re.compile(
    r"manifest unknown|pull access denied|not found|no such host|connection refused|i/o timeout"
    r"|lookup \S+|failed to resolve|TLS handshake|Client\.Timeout|certificate"
)


def explained(text: str) -> str:
    """What the engine said, and what to do where that is known."""
    text = " ".join(text.split())
    if found := _PORT_TAKEN.search(text):
        address = next(part for part in found.groups() if part)
        number = address.rpartition(":")[2].split("/")[0]
        return (
            f"port {number} of this machine is taken ({address}). End what listens there "
            f"(ss -ltnp 'sport = :{number}', docker ps --filter publish={number}), or publish another port"
        )
    if is_full(text):
        return (
            "the engine's disk is full. See what takes the room (docker system df), make room "
            f"(docker builder prune, docker image prune) and repeat. The engine said: {text}"
        )
    if found := _NO_IMAGE.search(text):
        return f"the engine has no image {found['image']} any more: repeat with --refresh, or `make refresh` first"
    return text


def is_full(text: str) -> bool:
    """Whether the engine, or a program in a build, says that there is no room left."""
    return "no space left on device" in text.lower()


def missing_image(reference: str, text: str) -> str:
    """Why an image cannot be had from its registry, and what to do."""
    text = explained(text)
    if is_full(text) or not _CANNOT_PULL.search(text):
        return f"image {reference} cannot be pulled: {text}"
    return (
        f"image {reference} is not on this engine and cannot be pulled: {text}. Check its name and the way to its "
        f"registry (docker pull {reference}), or load it: docker load --input FILE"
    )
