"""Where the images of services come from: one repository for each distinct build, one for each mirrored image."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pulumi
import pulumi_aws as aws

from components.images import Build, ImageRepository, ImageRepositoryArgs, ImageSource, Mirror, Pinned
from services import model
from services.on_aws.platform import Platform

_PROJECT: Final = Path(__file__).resolve().parents[2]
_MOUNT_FILES: Final = Path(__file__).resolve().parent / "mount_files"


@dataclass(frozen=True, kw_only=True)
class Image:
    """The image that a service runs, by digest, and the repository that it is pulled from."""

    ref: pulumi.Output[str]
    repository: aws.ecr.Repository


@dataclass(frozen=True, kw_only=True)
class Images:
    """The images of an application's services, and the one that prepares the volumes of their tasks."""

    of_service: Mapping[str, Image]
    mount_files: Image


def repository_name(name: str, service: model.Service) -> str:
    """Return the name of a service's repository: one that all services with the same build share.

    It comes from the build itself (`services-backend` for the context `services/backend`), never from the service or
    the order: a second service on the same build moves nothing. A mirrored image has a repository a service.
    """
    if service.build is None:
        return f"mirror-{name}"
    build = service.build
    slug = re.sub(r"[^a-z0-9]+", "-", f"{build.context} {build.target or ''}".lower()).strip("-") or "project"
    if build.dockerfile == "Dockerfile" and not build.args:
        return slug
    return f"{slug}-{hashlib.sha256(build.model_dump_json().encode()).hexdigest()[:6]}"


def declare_images(platform: Platform, application: model.Application, overrides: Mapping[str, str]) -> Images:
    """Declare the repository and image of every service that runs here. An override replaces what would be built."""
    running = {name: service for name, service in application.services.items() if service.x_aws.managed is None}
    members: dict[str, list[str]] = {}
    for name, service in running.items():
        members.setdefault(repository_name(name, service), []).append(name)
    images: dict[str, Image] = {}
    for repository, names in sorted(members.items()):
        pinned = [overrides[name] for name in names if name in overrides]
        # A build that no service runs any more is not made: rolling back must not need the source to build.
        source = Pinned(reference=pinned[0]) if len(pinned) == len(names) else _source(running[names[0]])
        declared = _declare(platform, repository, source)
        for name in names:
            override = overrides.get(name)
            ref = declared.ref if override is None else pulumi.Output.from_input(override)
            images[name] = Image(ref=ref, repository=declared.repository)
    mount_files = _declare(platform, "mount-files", Build(context=_relative(_MOUNT_FILES)))
    return Images(of_service=images, mount_files=mount_files)


def _declare(platform: Platform, name: str, source: ImageSource) -> Image:
    declared = ImageRepository(
        name,
        ImageRepositoryArgs(context=platform.context, settings=platform.settings.images, source=source),
        platform.opts,
    )
    return Image(ref=declared.image_ref, repository=declared.repository)


def _source(service: model.Service) -> Build | Mirror:
    if service.build is not None:
        build = service.build
        return Build(
            context=_relative(_PROJECT / build.context),
            dockerfile=build.dockerfile,
            target=build.target,
            arguments=build.args,
        )
    assert service.image is not None
    return Mirror(reference=service.image)


def _relative(path: Path) -> Path:
    """Return a path as seen from the working directory: the state must not hold where the project lies."""
    return Path(os.path.relpath(path))
