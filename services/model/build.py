"""`build`: how the image of a service is made on this machine.

Source: compose-spec `build.md`.
"""

from collections.abc import Mapping

from pydantic import Field

from services.model.elements import Element
from services.model.mounts import SecretMount
from services.model.runtime import Ulimits
from services.units import ByteSize


class Build(Element):
    """`build`: how an image is made of a context on this machine."""

    context: str = Field(description="Directory of the build context, relative to the project.")
    dockerfile: str = Field(default="Dockerfile", description="Dockerfile, relative to the context.")
    dockerfile_inline: str | None = Field(default=None, description="The Dockerfile itself, in place of a file.")
    target: str | None = Field(default=None, description="Stage of the Dockerfile to build; its last one when unset.")
    args: Mapping[str, str] = Field(default={}, description="Build arguments.")
    additional_contexts: Mapping[str, str] = Field(
        default={}, description="Name -> directory or image that the Dockerfile uses."
    )
    labels: Mapping[str, str] = Field(default={}, description="Labels of the image.")
    network: str | None = Field(default=None, description="Network that the build's commands are on.")
    platforms: tuple[str, ...] = Field(default=(), description="Platforms to build for.")
    tags: tuple[str, ...] = Field(default=(), description="Further names of the image.")
    extra_hosts: tuple[str, ...] = Field(default=(), description="`host=address` entries for the build's commands.")
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    no_cache: bool = False
    no_cache_filter: tuple[str, ...] = ()
    pull: bool = False
    secrets: tuple[SecretMount, ...] = ()
    ssh: tuple[str, ...] = ()
    shm_size: ByteSize | None = None
    ulimits: Mapping[str, Ulimits] = {}
    entitlements: tuple[str, ...] = ()
    privileged: bool = False
    isolation: str | None = None
    provenance: str | None = None
    sbom: str | None = None
