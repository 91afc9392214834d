"""What is mounted into a container: volumes, files of this machine, secrets, configs.

Source: compose-spec `05-services.md`, "volumes", "secrets", "configs".
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.model.elements import AbsolutePath, Element, FileMode, ResourceName, WholeNumber
from services.units import ByteSize


class BindOptions(Element):
    """`bind` of a mount."""

    propagation: str | None = None
    create_host_path: bool = True
    recursive: str | None = None
    selinux: str | None = None


class VolumeOptions(Element):
    """`volume` of a mount."""

    labels: Mapping[str, str] = {}
    nocopy: bool = False
    subpath: str | None = None


class TmpfsOptions(Element):
    """`tmpfs` of a mount."""

    size: ByteSize | None = None
    mode: int | None = None


class ImageOptions(Element):
    """`image` of a mount."""

    subpath: str | None = None


class VolumeMount(Element):
    """One entry of a service's `volumes`: a named volume, a path of this machine, or memory, at a path."""

    type: Literal["volume", "bind", "tmpfs", "image", "cluster", "npipe"] = "volume"
    source: str | None = Field(default=None, description="Name of a top-level volume, or a path of this machine.")
    target: AbsolutePath = Field(description="Absolute path in the container.")
    read_only: bool = False
    consistency: str | None = None
    bind: BindOptions = BindOptions()
    volume: VolumeOptions = VolumeOptions()
    tmpfs: TmpfsOptions = TmpfsOptions()
    image: ImageOptions = ImageOptions()

    @model_validator(mode="after")
    def _has_a_source(self) -> "VolumeMount":
        if self.type == "bind" and not self.source:
            raise ValueError("a mount of type 'bind' needs a source: the path on this machine")
        return self


class FileMount(Element):
    """One entry of a service's `secrets` or `configs`: a file in the container."""

    source: ResourceName = Field(description="Name of a top-level secret or config.")
    target: str | None = Field(
        default=None, description="File name, or an absolute path; the source's name when unset."
    )
    uid: Annotated[WholeNumber, Field(ge=0)] | None = Field(default=None, description="Owner of the file.")
    gid: Annotated[WholeNumber, Field(ge=0)] | None = Field(default=None, description="Group of the file.")
    mode: FileMode = Field(default=0o444, description="Permission bits of the file.")


class SecretMount(FileMount):
    """One entry of `secrets`: a file `/run/secrets/<target>`."""

    @property
    def path(self) -> str:
        """Where the container finds the secret."""
        name = self.target or self.source
        return name if name.startswith("/") else f"/run/secrets/{name}"


class ConfigMount(FileMount):
    """One entry of `configs`: a file `/<target>`."""

    @property
    def path(self) -> str:
        """Where the container finds the config."""
        name = self.target or self.source
        return name if name.startswith("/") else f"/{name}"
