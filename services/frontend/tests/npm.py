"""npm in this service's folder, as a developer runs it."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

from tests.debian import alone

SERVICE = Path(__file__).resolve().parents[1]
_MODULES = SERVICE / "node_modules"
_STAMP = _MODULES / ".complete"


def why_not() -> str | None:
    """What this machine lacks for npm; None when it lacks nothing."""
    if missing := [program for program in ("node", "npm") if shutil.which(program) is None]:
        return f"no {' and no '.join(missing)} on PATH"
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    wanted: str = json.loads((SERVICE / "package.json").read_text())["engines"]["node"]
    return None if _version(said) >= _version(wanted) else f"node is {said}, {wanted} is needed"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def install() -> None:
    """`npm ci`, where node_modules does not hold what the lock file says.

    Raises:
        AssertionError: It failed; the text is what npm said.
    """
    digest = hashlib.sha256()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        digest.update((SERVICE / name).read_bytes())
    with alone("frontend-npm"):
        if _STAMP.exists() and _STAMP.read_text() == digest.hexdigest():
            return
        run("npm", "ci")
        _STAMP.write_text(digest.hexdigest())


def run(*command: str, timeout_seconds: int = 240) -> str:
    """Run a command in the service's folder and return what it said.

    Raises:
        AssertionError: It failed; the text is what it said.
    """
    done = subprocess.run(
        command,
        cwd=SERVICE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=timeout_seconds,
    )
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def build(folder: Path) -> Path:
    """The page as the image serves it, built into `folder`."""
    install()
    run("npm", "run", "--silent", "build", "--", "--outDir", str(folder), "--emptyOutDir", "--logLevel", "warn")
    return folder
