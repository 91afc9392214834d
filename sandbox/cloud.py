"""The cloud: moto's server as a process of its own on loopback, which lives between commands until `down` ends it."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread
from typing import Any, cast

import boto3
import httpx

from sandbox.environment import FAKE_CREDENTIALS
from sandbox.errors import SandboxError
from sandbox.files import SandboxFiles, read_json, set_aside
from sandbox.injections import Injection
from sandbox.polling import wait_until

PACKAGE_FOLDER = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 10
PORT_TAKEN = 98
HTTP_BAD_REQUEST = 400
HTTP_NOT_FOUND = 404


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """What the cloud holds beyond what it held when it was fresh."""

    left: tuple[str, ...]
    """Paths of resources that should be gone."""
    kept: Mapping[str, int]
    """Why a real account still shows some for a while -> how many."""


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A running cloud. Make one with `start` or `attach`."""

    files: SandboxFiles
    region: str
    pid: int
    port: int
    token: str
    """Identifies this life of the cloud: its memory goes with the process."""

    @property
    def url(self) -> str:
        """The endpoint of every AWS service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def page(self) -> str:
        """moto's page for looking at what is there."""
        return f"{self.url}/moto-api/"

    @classmethod
    def attach(cls, files: SandboxFiles, region: str) -> "Cloud | None":
        """The cloud that an earlier command started, None when it is not running any more."""
        try:
            known = read_json(files.cloud)
        except SandboxError:
            set_aside(files.cloud)
            return None
        match known:
            case {"pid": int(pid), "port": int(port), "token": str(token)}:
                cloud = cls(files=files, region=region, pid=pid, port=port, token=token)
                return cloud if cloud.healthy() else None
            case _:
                return None

    @classmethod
    def start(cls, files: SandboxFiles, region: str) -> "Cloud":
        """Starts a fresh cloud, on the port of the last one if that is free.

        Raises SandboxError with the log's last lines when it does not come up.
        """
        try:
            known = read_json(files.cloud) or {}
        except SandboxError:
            set_aside(files.cloud)
            known = {}
        last_port = known.get("port")
        for port in dict.fromkeys([last_port if isinstance(last_port, int) else 0, 0]):
            cloud = cls._launch(files, region, port)
            if cloud is not None:
                return cloud
        raise SandboxError(f"moto found no free port on loopback.\n{_tail(files.moto_log)}")

    @classmethod
    def _launch(cls, files: SandboxFiles, region: str, port: int) -> "Cloud | None":
        files.cloud.unlink(missing_ok=True)
        token = secrets.token_hex(16)
        command = [sys.executable, "-m", "sandbox.moto_server", "--port", str(port), "--region", region]
        command += ["--token", token, "--ready", str(files.cloud), "--parent", str(os.getpid())]
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
        environ |= {**FAKE_CREDENTIALS, "AWS_CONFIG_FILE": str(files.aws_config)}
        environ["AWS_SHARED_CREDENTIALS_FILE"] = str(files.aws_config)
        with files.moto_log.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=PACKAGE_FOLDER,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        cloud: Cloud | None = None

        def settled() -> bool:
            nonlocal cloud
            cloud = cls.attach(files, region)
            return cloud is not None or process.poll() is not None

        wait_until(settled, seconds=START_SECONDS)
        if cloud is not None:
            # It may outlive this process; if it does not, somebody has to reap it.
            Thread(target=process.wait, daemon=True).start()
            return cloud
        process.kill()
        if process.wait() == PORT_TAKEN:
            return None
        raise SandboxError(f"moto did not come up. The end of its log ({files.moto_log}):\n{_tail(files.moto_log)}")

    def healthy(self) -> bool:
        """Whether this very cloud answers: not another process on its port, nor another that has its pid."""
        try:
            answer = self._control("GET", "identity", timeout=5)
        except (httpx.HTTPError, ValueError):
            return False
        return answer == {"pid": self.pid, "token": self.token}

    def stop(self) -> None:
        """Ends the process; its memory goes with it. Raises SandboxError when it will not end."""
        if self.healthy():
            os.kill(self.pid, signal.SIGTERM)
            if not wait_until(lambda: not self.healthy(), seconds=STOP_SECONDS):
                raise SandboxError(f"moto (process {self.pid}) does not end; end it yourself: kill -9 {self.pid}")
        self.files.cloud.unlink(missing_ok=True)

    def client(self, service: str) -> Any:
        """A boto3 client of this cloud."""
        make = cast("Any", boto3.client)  # pyright: ignore[reportUnknownMemberType]  # one overload a service
        return make(
            service,
            endpoint_url=self.url,
            region_name=self.region,
            aws_access_key_id=FAKE_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=FAKE_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=FAKE_CREDENTIALS["AWS_SESSION_TOKEN"],
        )

    def ensure_hosted_zone(self, name: str) -> None:
        """Gives the account the public zone that the reader's domain lies in, as a real account would have it."""
        self._control("POST", "hosted-zones", json=name)

    def inject(self, injection: Injection) -> None:
        """Orders a failure; see sandbox.injections."""
        self._control("POST", "injections", json=asdict(injection))

    def injections(self) -> list[dict[str, Any]]:
        """The orders, with what they have met so far."""
        return cast("list[dict[str, Any]]", self._control("GET", "injections"))

    def clear_injections(self) -> None:
        """Takes every order back."""
        self._control("DELETE", "injections")

    def forget_answers(self, *, but: Sequence[str]) -> None:
        """Only calls under these tokens (`sandbox.call_keys`) will be repeated."""
        self._control("DELETE", "answers", json=list(but))

    def resources(self) -> dict[str, str]:
        """Everything the cloud holds: path -> why AWS itself keeps it after a deletion, or an empty string."""
        return cast("dict[str, str]", self._control("GET", "resources"))

    def leftovers(self) -> Leftovers:
        """What is there that was not there when the cloud was fresh."""
        found = cast("dict[str, Any]", self._control("GET", "leftovers"))
        return Leftovers(left=tuple(found["left"]), kept=found["kept"])

    def _control(self, method: str, name: str, *, json: object = None, timeout: float = 30) -> object:
        with httpx.Client(trust_env=False, timeout=timeout) as client:
            answer = client.request(method, f"{self.url}/sandbox-api/{name}", json=json)
        if answer.status_code == HTTP_BAD_REQUEST:
            raise SandboxError(f"the cloud refuses this order: {answer.json()['error']}")
        if answer.status_code == HTTP_NOT_FOUND:
            raise SandboxError(
                f"The cloud that is running (process {self.pid}) was started by another version of the sandbox, "
                "which does not fit this one. End it and begin anew: python -m sandbox reset"
            )
        answer.raise_for_status()
        return cast("object", answer.json())


def _tail(log: Path, lines: int = 12) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log)"
