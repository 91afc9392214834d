"""The engine's process: started with everything of its own below one folder, ended by its process id."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.docker_engine.packages import Packages, SetupError

START_SECONDS = 60
STOP_SECONDS = 60
POOL = "10.214.0.0/16"
BRIDGE_ADDRESS = "10.213.0.1/24"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A running engine."""

    packages: Packages
    host: str
    """DOCKER_HOST"""
    config: Path
    """DOCKER_CONFIG: the plugins, and nobody's logins."""
    log: Path

    def variables(self) -> dict[str, str]:
        """What a docker command, or anything that starts one, needs to use this engine."""
        return {
            "DOCKER_HOST": self.host,
            "DOCKER_CONFIG": str(self.config),
            "PATH": self.packages.environment()["PATH"],
        }

    def docker(self, *arguments: str, stdin: bytes | None = None, check: bool = True) -> str:
        """Run a docker command; its standard output. Raises SetupError with its last words when it fails."""
        done = subprocess.run(
            ["docker", *arguments],
            env={**os.environ, **self.variables()},
            input=stdin,
            capture_output=True,
            check=False,
        )
        if check and done.returncode != 0:
            last = "\n".join(done.stderr.decode(errors="replace").strip().splitlines()[-15:])
            raise SetupError(f"docker {' '.join(arguments[:3])} failed:\n{last}")
        return done.stdout.decode(errors="replace")


@contextmanager
def running(
    packages: Packages,
    data: Path,
    *,
    options: Sequence[str] = (),
    bridge: str = "infra-test0",
    address: str | None = None,
) -> Generator[Engine]:
    """An engine with its images and volumes in `data`, one at a time; ended with its containers afterwards.

    The rest (sockets, process ids, the log) is in a temporary folder.

    Raises:
        SetupError: It does not start; the text holds the last lines of its log.
    """
    data.mkdir(parents=True, exist_ok=True)
    run = Path(tempfile.mkdtemp(prefix="infra-docker-"))
    with (data.parent / f"{data.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            with _bridge(bridge, address or BRIDGE_ADDRESS):
                process, engine = _start(packages, data, run, bridge, options)
                try:
                    _wait_until_ready(process, engine)
                    yield engine
                finally:
                    _stop(process)
        finally:
            for namespace in (run / "exec/netns").glob("*"):  # the engine leaves its own mounted
                subprocess.run(["umount", namespace], capture_output=True, check=False)
            shutil.rmtree(run, ignore_errors=True)


def _start(
    packages: Packages, data: Path, run: Path, bridge: str, options: Sequence[str]
) -> tuple["subprocess.Popen[bytes]", Engine]:
    config = run / "docker-config"
    (config / "cli-plugins").mkdir(parents=True)
    for plugin in packages.plugins.iterdir():
        (config / "cli-plugins" / plugin.name).symlink_to(plugin)
    settings = run / "daemon.json"
    settings.write_text(json.dumps({"default-address-pools": [{"base": POOL, "size": 24}]}))
    host = f"unix://{run / 'docker.sock'}"
    # A run that is killed takes its engine along. Its mounts are its own, and shared as an init system makes them.
    command = [
        "setpriv",
        "--pdeathsig",
        "TERM",
        "unshare",
        "--mount",
        "--propagation",
        "shared",
        "dockerd",
        "--config-file",
        str(settings),
        "--data-root",
        str(data),
        "--exec-root",
        str(run / "exec"),
    ]
    command += ["--pidfile", str(run / "dockerd.pid"), "--host", host, "--bridge", bridge, *options]
    log = run / "dockerd.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            env=packages.environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            # Ctrl-C is for the tests; the engine is ended when they are done.
            start_new_session=True,
        )
    return process, Engine(packages=packages, host=host, config=config, log=log)


def _wait_until_ready(process: "subprocess.Popen[bytes]", engine: Engine) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not engine.docker("version", "--format", "{{.Server.Version}}", check=False).strip():
        if process.poll() is not None or time.monotonic() > deadline:
            last = "\n".join(engine.log.read_text(errors="replace").splitlines()[-10:])
            raise SetupError(f"the Docker engine does not start:\n{last}")
        time.sleep(0.1)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _bridge(name: str, address: str) -> Generator[None]:
    """The engine's default network on a bridge of our own, so that it meets no other engine's."""
    _ip("link", "delete", name, check=False)
    _ip("link", "add", "name", name, "type", "bridge")
    try:
        _ip("address", "add", address, "dev", name)
        _ip("link", "set", name, "up")
        yield
    finally:
        _ip("link", "delete", name, check=False)


def _ip(*arguments: str, check: bool = True) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise SetupError(f"ip {' '.join(arguments)} failed: {done.stderr.strip()}")
