"""Builds as docker-build takes them, wherever the image goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pulumi
import pulumi_docker_build as docker_build

from components.build_context import content_hash

NamedContext: TypeAlias = Path | str
"""What a Dockerfile calls by a name of its own: a directory, or an image as `docker-image://reference`."""


@dataclass(frozen=True, kw_only=True)
class Build:
    """An image that is built from `context`. `dockerfile` is relative to it; `arguments` are never secret.

    `extra_hosts` are `host:address`. `cache_from` and `cache_to` are buildx's `type=registry,ref=...`. `secrets` are
    id -> value and `ssh` id -> paths of keys (none: the agent), for the build's commands alone: the image has neither.
    """

    context: Path
    dockerfile: str = "Dockerfile"
    dockerfile_inline: str | None = None
    target: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])
    contexts: Mapping[str, NamedContext] = field(default_factory=dict[str, NamedContext])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    network: Literal["default", "host", "none"] | None = None
    extra_hosts: Sequence[str] = ()
    cache_from: Sequence[str] = ()
    cache_to: Sequence[str] = ()
    no_cache: bool = False
    pull: bool = False
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    ssh: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    platforms: Sequence[str] = ()


def image_inputs(build: Build) -> dict[str, Any]:
    """Return what `docker_build.Image` takes of a build: all of it but its platforms and where the image goes."""
    given: dict[str, Any] = {
        "target": build.target,
        "build_args": dict(build.arguments),
        "labels": dict(build.labels),
        "network": build.network and docker_build.NetworkMode(build.network),
        "add_hosts": list(build.extra_hosts),
        "cache_from": [docker_build.CacheFromArgs(raw=entry) for entry in build.cache_from],
        "cache_to": [docker_build.CacheToArgs(raw=entry) for entry in build.cache_to],
        "no_cache": build.no_cache,
        "pull": build.pull,
        "secrets": {name: pulumi.Output.secret(value) for name, value in sorted(build.secrets.items())},
        "ssh": [docker_build.SSHArgs(id=name, paths=list(paths) or None) for name, paths in sorted(build.ssh.items())],
    }
    named = {name: docker_build.ContextArgs(location=str(where)) for name, where in sorted(build.contexts.items())}
    return {
        "context": docker_build.BuildContextArgs(location=str(build.context), named=named or None),
        "dockerfile": _dockerfile(build),
        **{name: value for name, value in given.items() if value},
    }


def _dockerfile(build: Build) -> docker_build.DockerfileArgs:
    if build.dockerfile_inline is not None:
        return docker_build.DockerfileArgs(inline=build.dockerfile_inline)
    return docker_build.DockerfileArgs(location=str(build.context / build.dockerfile))


def build_hash(build: Build, options: Mapping[str, str]) -> str:
    """Return the content hash of a build: 12 hexadecimal digits. `options` are what else decides the image.

    Secrets, SSH keys and caches do not count: the image is the same without them.

    Raises:
        BuildContextError: A context or the Dockerfile does not exist.
    """
    given = {
        "target": build.target or "",
        **{f"argument:{name}": value for name, value in build.arguments.items()},
        **{f"label:{name}": value for name, value in build.labels.items()},
        **{
            f"context:{name}": content_hash(where) if isinstance(where, Path) else where
            for name, where in build.contexts.items()
        },
    }
    if build.dockerfile_inline is not None:
        given["dockerfile"] = build.dockerfile_inline
    if build.extra_hosts:
        given["hosts"] = "\n".join(build.extra_hosts)
    recipe = None if build.dockerfile_inline is not None else build.dockerfile
    return content_hash(build.context, dockerfile=recipe, options={**given, **options})
