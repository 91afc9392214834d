"""What stand-ins are made of: Debian, and what makes registries reachable from inside a build as they are from here."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.docker_engine.daemon import Engine
from tools.docker_engine.packages import KEYRING, MIRROR, SetupError

SUITE = "trixie"
DEBIAN = "stand-in/debian"

_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_CERTIFICATES_INSIDE = "etc/machine-ca.crt"
_SLIM = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/lintian/*")


def ensure_debian(engine: Engine) -> None:
    """Import a minimal Debian, unless the engine holds it.

    Raises:
        SetupError: Debian's packages cannot be had.
    """
    if engine.docker("images", "--quiet", DEBIAN).strip():
        return
    with tempfile.TemporaryDirectory(prefix="infra-debian-") as folder:
        tar = Path(folder) / "debian.tar"
        command = ["mmdebstrap", "--variant=minbase", "--mode=root", '--aptopt=Acquire::Languages "none"']
        command += [f"--dpkgopt=path-exclude={pattern}" for pattern in _SLIM]
        command += ["--dpkgopt=force-unsafe-io"]
        command += [SUITE, str(tar), f"deb [signed-by={KEYRING}] {MIRROR} {SUITE} main"]
        done = subprocess.run(command, env=engine.packages.environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = "\n".join(done.stderr.strip().splitlines()[-5:])
            raise SetupError(f"the Debian base image cannot be made:\n{last}")
        engine.docker("import", "--change", 'CMD ["bash"]', str(tar), DEBIAN)


def machine_files() -> Iterator[tuple[str, str]]:
    """The machine's certificate authorities, and its configuration of pip and npm: path in the image -> text."""
    if _CERTIFICATES.exists():
        yield _CERTIFICATES_INSIDE, _CERTIFICATES.read_text()
    pip = {key: value for key in ("index-url", "extra-index-url") if (value := os.environ.get(_pip_variable(key)))}
    pip |= _pip_configuration()
    lines = [f"{key} = {value}" for key, value in pip.items()]
    yield (
        "etc/pip.conf",
        "\n".join(["[global]", f"cert = /{_CERTIFICATES_INSIDE}", "disable-pip-version-check = true", *lines, ""]),
    )
    registry = os.environ.get("NPM_CONFIG_REGISTRY") or _npm_registry()
    lines = [f"cafile=/{_CERTIFICATES_INSIDE}", "fund=false", "audit=false", "update-notifier=false"]
    yield "etc/npmrc", "\n".join([*lines, *([f"registry={registry}"] if registry else []), ""])


def _pip_variable(key: str) -> str:
    return f"PIP_{key.replace('-', '_').upper()}"


def _pip_configuration() -> dict[str, str]:
    done = subprocess.run(["pip", "config", "list"], capture_output=True, text=True, check=False)
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    found = {key.rpartition(".")[2]: value.strip("'\"") for key, _, value in pairs}
    return {key: found[key] for key in ("index-url", "extra-index-url") if key in found}


def _npm_registry() -> str | None:
    if shutil.which("npm") is None:
        return None
    done = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None
