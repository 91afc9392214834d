"""Builds images with `docker buildx` on an engine, and says in plain words why one fails."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from sandbox.docker_engine import explained, is_full
from sandbox.docker_types.base import Place, repository
from sandbox.plugin import ProviderError

_IMAGE_LINE: Final = re.compile(
    r"^\s*(?:FROM(?:\s+--platform=\S+)?\s+|ARG\s+\w+=|COPY\s+(?:--\S+\s+)*?--from=)[\"']?(?P<reference>[^\s\"']+)",
    re.MULTILINE | re.IGNORECASE,
)
"""Where a Dockerfile names an image."""

_BASE: Final = re.compile(
    r"(?P<reference>[\w./:@-]+): (?:failed to resolve source metadata|pull access denied|failed to do request"
    r"|not found|failed to authorize)"
)
_ENDED: Final = re.compile(r"process \"(?P<command>.+?)\" did not complete successfully: exit code: (?P<code>\d+)")
_LAST_LINES: Final = 20


@dataclass(frozen=True, kw_only=True)
class Build:
    """What is to be built."""

    name: str
    """The resource's, for errors."""
    context: str
    """A folder, or a URL."""
    dockerfile: str
    """Its text."""
    tags: Sequence[str] = ()
    options: Sequence[str] = ()
    """Further options of `docker buildx build`."""
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    push: bool = False
    load: bool = True


def built(place: Place, build: Build) -> str:
    """Build, and give the image's digest (without a push, its id).

    Raises:
        ProviderError: It failed; the text holds the builder's last lines, or says what a base image lacks.
    """
    if shutil.which("docker") is None:
        raise ProviderError(
            f"image {build.name!r} cannot be built: there is no docker command on PATH. Install it with its buildx "
            "plugin: https://docs.docker.com/engine/install/"
        )
    with tempfile.TemporaryDirectory(prefix="infra-build-") as folder:
        metadata, dockerfile = Path(folder, "metadata.json"), Path(folder, "Dockerfile")
        dockerfile.write_text(build.dockerfile, encoding="utf-8")
        command = ["docker", "buildx", "build", "--progress", "plain", "--metadata-file", str(metadata)]
        command += ["--file", str(dockerfile), *_options(place, build), build.context]
        variables = {_secret_variable(name): value for name, value in build.secrets.items()}
        done = subprocess.run(
            command,
            cwd=place.project,
            env={**os.environ, "DOCKER_HOST": place.engine.url, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            raise ProviderError(_failure(build.name, done.stderr))
        return _digest(json.loads(metadata.read_text(encoding="utf-8")))


def _options(place: Place, build: Build) -> Iterator[str]:
    for tag in build.tags:
        yield from ("--tag", tag)
    for name, value in sorted(build.arguments.items()):
        yield from ("--build-arg", f"{name}={value}")
    for name in sorted(build.secrets):
        yield from ("--secret", f"id={name},env={_secret_variable(name)}")
    for reference, local in sorted(stood_in(place, build.dockerfile, build.arguments).items()):
        yield from ("--build-context", f"{reference}=docker-image://{local}")
    if build.load:
        yield "--load"
    if build.push:
        yield "--push"
    yield from build.options


def stood_in(place: Place, dockerfile: str, arguments: Mapping[str, str]) -> Mapping[str, str]:
    """Image that the Dockerfile names -> local image that stands in for it."""
    named = [found["reference"] for found in _IMAGE_LINE.finditer(dockerfile)] + list(arguments.values())
    return {item: place.stand_ins[repository(item)] for item in named if repository(item) in place.stand_ins}


def _secret_variable(name: str) -> str:
    return f"INFRA_BUILD_SECRET_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}"


def _digest(metadata: Mapping[str, object]) -> str:
    return str(metadata.get("containerimage.digest") or metadata["containerimage.config.digest"])


def _failure(name: str, output: str) -> str:
    if (
        "is not a docker command" in output
        or "unknown flag: --progress" in output
        or "unknown command: docker buildx" in output
    ):
        return (
            f"image {name!r} cannot be built: the docker command has no buildx plugin. Install it "
            "(package docker-buildx-plugin or docker-buildx): https://docs.docker.com/build/install-buildx/"
        )
    lines = [line for line in output.strip().splitlines() if line.strip()]
    said = explained(lines[-1].removeprefix("ERROR: ")) if lines else "no word"
    if found := _BASE.search(lines[-1] if lines else ""):
        return (
            f"image {name!r} cannot be built: its base image {found['reference']} cannot be had ({said}). Check the "
            f"name and the way to its registry (docker pull {found['reference']})"
        )
    if is_full(output):
        return f"image {name!r} cannot be built: {explained('no space left on device')}"
    shown = "\n".join(f"  | {line}" for line in lines[-_LAST_LINES:-1])
    if found := _ENDED.search(output):
        said = f"`{found['command']}` ended with exit code {found['code']}"
    return f"image {name!r} cannot be built: {said}. The builder's last lines:\n{shown}"


def text_of(dockerfile: Path) -> str:
    """The Dockerfile's text. Raises ProviderError when it cannot be read."""
    try:
        return dockerfile.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProviderError(f"the Dockerfile {dockerfile} cannot be read: {error}") from error


def strings(value: object) -> dict[str, str]:
    """An input that maps names to texts."""
    return {name: str(item) for name, item in cast("Mapping[str, object]", value or {}).items()}
