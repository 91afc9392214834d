"""The types of pulumi-docker, a module each, over the engine's API."""

from collections.abc import Mapping
from typing import Final

from sandbox.docker_types.base import DockerType
from sandbox.docker_types.container import ContainerType
from sandbox.docker_types.image import ImageType
from sandbox.docker_types.network import NetworkType
from sandbox.docker_types.remote_image import RemoteImageType
from sandbox.docker_types.volume import VolumeType

TYPES: Final[Mapping[str, type[DockerType]]] = {
    kind.token: kind for kind in (ContainerType, ImageType, NetworkType, RemoteImageType, VolumeType)
}
"""Type token -> its implementation."""
