"""`build` of a service as docker-build takes it, on every target; and what it cannot take.

Source: compose-spec `build.md`; `docker buildx build --help`.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast

from services import model
from services.model import Application
from services.problems import Problem
from services.sources import PROJECT

if TYPE_CHECKING:
    import pulumi

    from components.builds import Build

_REMOTE: Final = re.compile(r"(https?|git|ssh)://|git@|github\.com/")
_IMAGE_CONTEXT: Final = "docker-image://"
_NETWORKS: Final = ("default", "host", "none")
_CLONE: Final = "clone it into the project and name the directory"


def described(build: model.Build, application: Application, secret: "Callable[[str], pulumi.Input[str]]") -> "Build":
    """Return a build whose paths are as seen from the working directory: state must not hold where the project lies.

    `secret` answers the value of a secret of the application. `problems` has found nothing.
    """
    from components.builds import Build  # brings Pulumi, which whoever only judges an application does not need

    root = PROJECT / application.directory
    return Build(
        context=_relative(root / build.context),
        dockerfile=build.dockerfile,
        dockerfile_inline=build.dockerfile_inline,
        target=build.target,
        arguments=build.args,
        contexts={
            name: where if where.startswith(_IMAGE_CONTEXT) else _relative(root / where)
            for name, where in build.additional_contexts.items()
        },
        labels=build.labels,
        network=cast("Literal['default', 'host', 'none'] | None", build.network),
        extra_hosts=[entry.replace("=", ":", 1) for entry in build.extra_hosts],
        cache_from=[_cache(entry) for entry in build.cache_from],
        cache_to=[_cache(entry) for entry in build.cache_to],
        no_cache=build.no_cache,
        pull=build.pull,
        secrets={mount.target or mount.source: secret(mount.source) for mount in build.secrets},
        ssh=_keys(build),
        platforms=build.platforms,
    )


def problems(build: model.Build, application: Application) -> Iterator[Problem]:
    """Everything that keeps a build from being made here; the paths begin below `build`."""
    root = PROJECT / application.directory
    if _REMOTE.match(build.context):
        yield Problem(("context",), f"{build.context!r} is not on this machine: {_CLONE}")
    elif not (root / build.context).is_dir():
        yield Problem(("context",), f"there is no directory {build.context!r}: name one, relative to the Compose file")
    elif build.dockerfile_inline is None and not (root / build.context / build.dockerfile).is_file():
        yield Problem(
            ("dockerfile",), f"the context {build.context!r} has no file {build.dockerfile!r}: add it, or name another"
        )
    for name, where in build.additional_contexts.items():
        path = ("additional_contexts", name)
        if _REMOTE.match(where):
            yield Problem(path, f"{where!r} is not on this machine: {_CLONE}")
        elif where.startswith("service:"):
            yield Problem(path, f"{where!r}: name the directory or the image that the service is made of")
        elif not where.startswith(_IMAGE_CONTEXT) and not (root / where).is_dir():
            yield Problem(path, f"there is no directory {where!r}: name one, relative to the Compose file")
    if build.network is not None and build.network not in _NETWORKS:
        yield Problem(("network",), f"{build.network!r}: docker-build knows {', '.join(_NETWORKS)}: choose one")
    for index, mount in enumerate(build.secrets):
        if mount.source not in application.secrets:
            known = ", ".join(sorted(application.secrets)) or "none"
            yield Problem(("secrets", index, "source"), f"{mount.source!r} is no secret (known: {known}): declare it")


def _keys(build: model.Build) -> Mapping[str, tuple[str, ...]]:
    """Id -> paths of SSH keys: `default` is the agent."""
    split = [entry.partition("=") for entry in build.ssh]
    return {name: (path,) if path else () for name, _, path in split}


def _cache(entry: str) -> str:
    """A cache in buildx's words: Compose allows an image's name alone."""
    return entry if entry.startswith("type=") else f"type=registry,ref={entry}"


def _relative(path: Path) -> Path:
    return Path(os.path.relpath(path))
