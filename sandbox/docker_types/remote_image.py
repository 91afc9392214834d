"""docker:index/remoteImage:RemoteImage."""

# ruff: noqa: D102

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from docker.errors import APIError, ImageNotFound, NotFound

from sandbox.docker_engine import missing_image, plain_words
from sandbox.docker_types.base import Change, DockerType, Input
from sandbox.plugin import Props, ProviderError, ReadResult, Urn


class RemoteImageType(DockerType):
    """An image by its name: the engine's own where it has it, else pulled."""

    token: ClassVar[str] = "docker:index/remoteImage:RemoteImage"
    inputs: ClassVar[Mapping[str, Input]] = {
        "name": Input(),
        "forceRemove": Input(change=Change.UPDATE, default=False),
        "keepLocally": Input(change=Change.UPDATE, default=False),
        "platform": Input(),
        "pullTriggers": Input(unordered=True),
        "triggers": Input(),
    }
    required: ClassVar[tuple[str, ...]] = ("name",)
    autoname: ClassVar[bool] = False
    computed: ClassVar[tuple[str, ...]] = ("imageId", "repoDigest")

    def create(self, urn: Urn, inputs: Props) -> tuple[str, Props]:
        found = self._found(inputs)
        if found is None:
            self._pull(inputs)
            found = self._found(inputs)
        if found is None:
            raise ProviderError(f"image {inputs['name']} was pulled, but the engine does not have it")
        return f"{found['Id']}{inputs['name']}", {**inputs, **_told(found)}

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        found = self._found(inputs)
        if found is None:
            return ReadResult(id="")
        return ReadResult(id=f"{found['Id']}{inputs['name']}", inputs=inputs, outputs={**inputs, **_told(found)})

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        if inputs.get("keepLocally"):
            return
        with plain_words(f"image {inputs['name']}"):
            try:
                self.engine.api.remove_image(self.place.image(inputs["name"]), force=bool(inputs.get("forceRemove")))
            except NotFound:
                return

    def _found(self, inputs: Props) -> dict[str, Any] | None:
        with plain_words(f"image {inputs['name']}"):
            try:
                return cast("dict[str, Any]", self.engine.api.inspect_image(self.place.image(inputs["name"])))
            except ImageNotFound:
                return None

    def _pull(self, inputs: Props) -> None:
        reference = str(inputs["name"])
        with plain_words(f"image {reference}"):
            try:
                told = self.engine.api.pull(
                    self.place.image(reference), platform=inputs.get("platform"), stream=True, decode=True
                )
                problems = [str(line["error"]) for line in cast("list[Props]", told) if "error" in line]
            except APIError as error:
                problems = [str(error.explanation)]
        if problems:
            raise ProviderError(missing_image(reference, problems[-1]))


def _told(found: Mapping[str, Any]) -> Props:
    digests = cast("list[str]", found.get("RepoDigests") or [])
    return {"imageId": found["Id"], "repoDigest": digests[0] if digests else ""}
