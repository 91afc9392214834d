"""Where the images of services come from: one repository for each distinct build, one for each mirrored image."""

import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pulumi
import pulumi_aws as aws

from components.builds import Build
from components.images import ImageRepository, ImageRepositoryArgs, ImageSource, Mirror, Pinned
from components.naming import hyphenated
from services import model
from services.builds import described
from services.on_aws.architectures import platforms_of
from services.on_aws.baked_files import baked_files
from services.on_aws.platform import Platform

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


@dataclass(frozen=True, kw_only=True)
class ImageChoices:
    """What decides images beside the application: overrides of a rollback, tags, and the values of secrets."""

    overrides: Mapping[str, str]
    tags_allowed: bool
    secret: Callable[[str], pulumi.Input[str]]


def repository_name(name: str, service: model.Service, platforms: Sequence[str] = ()) -> str:
    """Return the name of a service's repository: one that all services with the same build share.

    It comes from the build itself (`services-backend` for the context `services/backend`), never from the service or
    the order: a second service on the same build moves nothing. What the context alone does not tell apart, a hash
    does; `platforms` are those of the image where they are not the stack's. A mirrored image has one a service.
    """
    if service.build is None:
        return f"mirror-{hyphenated(name)}"
    build = service.build
    slug = hyphenated(build.context.lower()) or "project"
    others = build.model_dump(exclude={"context"}, exclude_defaults=True)
    if re.fullmatch(r"[a-z0-9]+(/[a-z0-9]+)*", build.context) and not others and not platforms:
        return slug
    whole = "\0".join((build.model_dump_json(), *platforms))
    return f"{slug}-{hashlib.sha256(whole.encode()).hexdigest()[:6]}"


def declare_images(platform: Platform, application: model.Application, choices: ImageChoices) -> Images:
    """Declare the repository and image of every service that runs here. An override replaces what would be built."""
    return _Images(platform, application, choices).declare()


class _Images:
    """The images of one application."""

    def __init__(self, platform: Platform, application: model.Application, choices: ImageChoices) -> None:
        self._platform = platform
        self._application = application
        self._choices = choices
        self._running = {name: item for name, item in application.services.items() if item.x_aws.managed is None}
        default = platform.settings.images.platform
        self._platforms = {name: platforms_of(item, default) for name, item in self._running.items()}

    def declare(self) -> Images:
        members: dict[str, list[str]] = {}
        for name, service in self._running.items():
            platforms = self._platforms[name]
            own = () if platforms == (self._platform.settings.images.platform,) else platforms
            members.setdefault(repository_name(name, service, own), []).append(name)
        of_service: dict[str, Image] = {}
        for repository, names in sorted(members.items()):
            of_service |= self._declare_shared(repository, names)
        used = sorted({one for platforms in self._platforms.values() for one in platforms})
        mount_files = self._repository("mount-files", Build(context=Path(os.path.relpath(_MOUNT_FILES))), used)
        return Images(
            of_service=of_service, mount_files=Image(ref=mount_files.image_ref, repository=mount_files.repository)
        )

    def _declare_shared(self, repository: str, names: Sequence[str]) -> dict[str, Image]:
        """Declare the repository of services that share an image, and what each lays over it."""
        overrides = self._choices.overrides
        pinned = [overrides[name] for name in names if name in overrides]
        # A build that no service runs any more is not made: rolling back must not need the source to build.
        source = Pinned(reference=pinned[0]) if len(pinned) == len(names) else self._source(names[0])
        declared = self._repository(repository, source, self._platforms[names[0]])
        images: dict[str, Image] = {}
        for name in names:
            ref = declared.image_ref
            if name in overrides:
                ref = pulumi.Output.from_input(overrides[name])
            elif files := baked_files(self._running[name], self._application):
                ref = declared.with_files(f"{name}-files", files)
            images[name] = Image(ref=ref, repository=declared.repository)
        return images

    def _source(self, name: str) -> Build | Mirror:
        service = self._running[name]
        if service.build is not None:
            return described(service.build, self._application, self._choices.secret)
        assert service.image is not None
        return Mirror(reference=service.image, tag_allowed=self._choices.tags_allowed)

    def _repository(self, name: str, source: ImageSource, platforms: Sequence[str]) -> ImageRepository:
        platform = self._platform
        args = ImageRepositoryArgs(
            context=platform.context, settings=platform.settings.images, source=source, platforms=platforms
        )
        return ImageRepository(name, args, platform.opts)
