"""Programs of Debian packages without installing them: unpacked below .tools, with what this machine lacks for them."""

import fcntl
import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1] / ".tools"


class UnavailableError(Exception):
    """The packages cannot be fetched here; the text says why."""


@contextmanager
def alone(name: str) -> Generator[None]:
    """One process at a time, of all that run tests in this checkout."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unpacked(name: str, packages: Sequence[str]) -> Path:
    """The root below which the packages, and those that they need and this machine lacks, are unpacked.

    Package lists and downloads are our own: nothing of the machine changes, and no root is needed.

    Raises:
        UnavailableError: No apt here, or it cannot fetch them.
    """
    root = TOOLS / "debian" / name
    stamp = root / ".complete"
    with alone(f"debian-{name}"):
        if stamp.exists() and stamp.read_text() == " ".join(packages):
            return root
        for program in ("apt-get", "dpkg-deb"):
            if shutil.which(program) is None:
                raise UnavailableError(f"no {program}")
        shutil.rmtree(root, ignore_errors=True)
        downloads = root / "downloads"
        for folder in ("lists/partial", "archives/partial"):
            (downloads / folder).mkdir(parents=True)
        options = [
            *("-o", f"Dir::State::lists={downloads / 'lists'}", "-o", f"Dir::Cache={downloads}"),
            *("-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=", "-o", "Acquire::Retries=3"),
        ]
        _run(["apt-get", *options, "--quiet", "update"])
        _run(
            [
                "apt-get",
                *options,
                "--quiet",
                "--yes",
                "--download-only",
                "--no-install-recommends",
                "install",
                *packages,
            ]
        )
        for file in sorted((downloads / "archives").glob("*.deb")):
            _run(["dpkg-deb", "--extract", str(file), str(root)])
        shutil.rmtree(downloads)
        stamp.write_text(" ".join(packages))
    return root


def libraries(root: Path) -> str:
    """The folders of the unpacked shared libraries, for LD_LIBRARY_PATH."""
    return ":".join(sorted({str(path.parent) for path in root.glob("**/*-linux-gnu*/**/*.so*")}))


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise UnavailableError(f"{command[0]} failed: {' '.join(said[-2:])}")
