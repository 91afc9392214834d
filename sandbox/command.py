"""How the Pulumi CLI is run: in a process group of its own, so that Ctrl-C reaches it once and in an orderly way."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Any

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from sandbox.errors import SandboxError

OnOutput = Callable[[str], Any]


def find_cli(project: Path) -> Path:
    """The CLI that the set-up chose. Raises SandboxError when there is none."""
    cli = project / ".tools" / "pulumi"
    if not cli.exists():
        raise SandboxError(f"There is no Pulumi CLI at {cli}. `make setup` puts it there.")
    return cli


class EngineCommand(PulumiCommand):
    """The CLI for the Automation API. `interrupted` tells whether the reader stopped the last run."""

    def __init__(self, cli: Path) -> None:
        # The parent's constructor asks the CLI for its version each time; the set-up has written it down.
        self.command = str(cli)
        self.version = _recorded_version(cli)
        self.interrupted = False
        self.died_by_signal: int | None = None

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        """Runs the CLI to its end. Raises CommandError when it fails."""
        environ = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        process = subprocess.Popen(
            [self.command, "--non-interactive", *args],
            cwd=cwd,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            process_group=0,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        out, err = list[str](), list[str]()
        readers = [
            threading.Thread(target=_read, args=(process.stdout, on_output, out), daemon=True),
            threading.Thread(target=_read, args=(process.stderr, on_error, err), daemon=True),
        ]
        with self._orderly_interrupts(process):
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join()
            code = process.wait()
        self.died_by_signal = -code if code < 0 else None
        result = CommandResult(stdout="\n".join(out), stderr="\n".join(err), code=code)
        if code != 0:
            raise create_command_error(result)
        return result

    @contextmanager
    def _orderly_interrupts(self, process: "subprocess.Popen[str]") -> Generator[None]:
        """First Ctrl-C: the engine finishes what is running and stops; second: it stops at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def on_signal(number: int, frame: FrameType | None) -> None:
            if self.interrupted:
                process.kill()
                return
            self.interrupted = True
            process.send_signal(signal.SIGINT)
            print(
                "\nStopping: operations that are running are finished first (Ctrl-C again: stop at once).",
                file=sys.stderr,
                flush=True,
            )

        before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _read(stream: IO[str], callback: OnOutput | None, lines: list[str]) -> None:
    with stream:
        for line in stream:
            text = line.rstrip()
            if callback is not None:
                callback(text)
            lines.append(text)


def _recorded_version(cli: Path) -> VersionInfo:
    stamp = cli.with_name("pulumi.json")
    status = cli.stat()
    try:
        known: dict[str, Any] = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if known.get("size") == status.st_size and known.get("modified_ns") == status.st_mtime_ns:
        return VersionInfo.parse(str(known["version"]))
    environ = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    told = subprocess.run([str(cli), "version"], env=environ, capture_output=True, text=True, check=True)
    return VersionInfo.parse(told.stdout.strip().removeprefix("v"))
