"""A program that runs while tests need it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

STOP_SECONDS = 20


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Generator[subprocess.Popen[bytes]]:
    """Start a program with its output in `log`; it is ended by its process id when the block ends."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        end(process, stop_signal)


def end(process: subprocess.Popen[bytes], stop_signal: signal.Signals = signal.SIGTERM) -> None:
    """End it, and wait until it is gone."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(
    what: str,
    condition: Callable[[], bool],
    *,
    seconds: float = 60,
    process: subprocess.Popen[bytes] | None = None,
    log: Path | None = None,
) -> float:
    """Wait until the condition holds, and say how long that took.

    Raises:
        AssertionError: It does not within `seconds`, or the process ended first; the text has the log's end.
    """
    begun = time.monotonic()
    while True:
        try:
            if condition():
                return time.monotonic() - begun
        except httpx.TransportError:
            pass
        waited = time.monotonic() - begun
        ended = process is not None and process.poll() is not None
        if waited > seconds or ended:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:]) if log is not None else ""
            assert process is not None or not ended
            reason = f"the program ended ({process.returncode})" if process and ended else f"{waited:.0f} s are over"
            raise AssertionError(f"waiting for {what}: {reason}\n{tail}")
        time.sleep(0.05)
