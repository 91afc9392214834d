"""Which processors a service runs on; pure."""

import re
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from services.model import Service
from services.problems import Problem

Platform: TypeAlias = Literal["linux/amd64", "linux/arm64"]

_NAMES: Final[dict[str, Platform]] = {
    "amd64": "linux/amd64",
    "x86_64": "linux/amd64",
    "arm64": "linux/arm64",
    "arm64/v8": "linux/arm64",
    "aarch64": "linux/arm64",
}
_CONSTRAINT: Final = re.compile(r"\s*node\.platform\.(os|arch)\s*==\s*(\S+)\s*")


def platform_of(service: Service, default: Platform) -> Platform:
    """Return the platform that a service's tasks run on: what it says, what its image is built for, or the stack's."""
    for asked in _asked(service):
        return asked
    built: list[Platform] = [
        found for entry in (service.build.platforms if service.build else ()) if (found := _platform(entry))
    ]
    if not built or default in built:
        return default
    return built[0]


def platforms_of(service: Service, default: Platform) -> tuple[str, ...]:
    """Return the platforms of a service's image: those that it is built for, or the one that it runs on."""
    built = service.build.platforms if service.build else ()
    return built or (platform_of(service, default),)


def problems(service: Service) -> Iterator[Problem]:
    """What Fargate cannot place; the paths begin below the service."""
    if service.platform is not None and _platform(service.platform) is None:
        yield Problem(
            ("platform",), f"{service.platform!r}: Fargate has linux/amd64 and linux/arm64 (Graviton): choose one"
        )
    for index, constraint in enumerate(service.deploy.placement.constraints):
        match = _CONSTRAINT.fullmatch(constraint)
        if match is None or (_NAMES.get(match[2]) if match[1] == "arch" else match[2] == "linux") in (None, False):
            yield Problem(
                ("deploy", "placement", "constraints", index),
                f"{constraint!r}: tasks on Fargate have no node; what can be asked for is node.platform.os==linux and "
                "node.platform.arch==amd64 or ==arm64: take the rest out",
            )
    asked = list(dict.fromkeys(_asked(service)))
    if len(asked) > 1:
        yield Problem(("platform",), f"{' and '.join(asked)} are both asked for, one of them in placement: choose one")
    built = service.build.platforms if service.build else ()
    if asked and built and asked[0] not in [_platform(entry) for entry in built]:
        yield Problem(
            ("build", "platforms"), f"{', '.join(built)} lacks {asked[0]}, which the service is to run on: add it"
        )
    elif built and not any(map(_platform, built)):
        yield Problem(("build", "platforms"), f"{', '.join(built)}: Fargate runs linux/amd64 and linux/arm64: add one")


def _asked(service: Service) -> Iterator[Platform]:
    if service.platform is not None and (found := _platform(service.platform)):
        yield found
    for constraint in service.deploy.placement.constraints:
        match = _CONSTRAINT.fullmatch(constraint)
        if match is not None and match[1] == "arch" and match[2] in _NAMES:
            yield _NAMES[match[2]]


def _platform(text: str) -> Platform | None:
    """A platform as Fargate knows it; None for one that it lacks."""
    os_, _, architecture = text.partition("/")
    return _NAMES.get(architecture) if os_ == "linux" else None


def cpu_architecture(platform: Platform) -> Literal["X86_64", "ARM64"]:
    """Return a platform's processors in the words of ECS."""
    return "ARM64" if platform == "linux/arm64" else "X86_64"
