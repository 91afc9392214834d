"""docker:index/image:Image, the older way to build; docker-build's Image is the newer one."""

# ruff: noqa: D102

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, cast

from docker.errors import ImageNotFound

from components.build_context import BuildContextError, content_hash
from sandbox import docker_build
from sandbox.docker_engine import plain_words
from sandbox.docker_types import values
from sandbox.docker_types.base import Change, DockerType, Input
from sandbox.plugin import Props, ReadResult, Urn

_BUILD_KEYS = (
    "addHosts",
    "args",
    "builderVersion",
    "cacheFrom",
    "context",
    "dockerfile",
    "network",
    "platform",
    "target",
)


class ImageType(DockerType):
    """An image that is built from a folder, tagged, and pushed unless `skipPush` says not to."""

    token: ClassVar[str] = "docker:index/image:Image"
    inputs: ClassVar[Mapping[str, Input]] = {
        "imageName": Input(change=Change.UPDATE),
        "build": Input(change=Change.UPDATE),
        "buildOnPreview": Input(change=Change.UPDATE),
        "skipPush": Input(change=Change.UPDATE, default=False),
        "contextHash": Input(change=Change.UPDATE),
    }
    required: ClassVar[tuple[str, ...]] = ("imageName",)
    autoname: ClassVar[bool] = False
    computed: ClassVar[tuple[str, ...]] = ("baseImageName", "repoDigest")

    def problems(self, inputs: Props) -> Mapping[str, str]:
        unknown = sorted(set(cast("Props", inputs.get("build") or {})) - set(_BUILD_KEYS))
        if unknown:
            return {"build": f"the sandbox's builds know no {', '.join(unknown)}; known are {', '.join(_BUILD_KEYS)}"}
        context = self._context(inputs)
        if not context.is_dir():
            return {"build": f"there is no directory {context}"}
        if not self._dockerfile(inputs).is_file():
            return {"build": f"there is no file {self._dockerfile(inputs)}"}
        return {}

    def completed(self, inputs: Props) -> Props:
        """With the hash of the context, so that a changed file is a change of the resource."""
        try:
            return {**inputs, "contextHash": content_hash(self._context(inputs))}
        except BuildContextError:
            return inputs

    def create(self, urn: Urn, inputs: Props) -> tuple[str, Props]:
        build = cast("Props", inputs.get("build") or {})
        options: list[str] = []
        for option, key in (("--target", "target"), ("--platform", "platform"), ("--network", "network")):
            if build.get(key):
                options += [option, str(build[key])]
        for host in values.items(build.get("addHosts")):
            options += ["--add-host", str(host)]
        for image in values.items(values.props(build.get("cacheFrom")).get("images")):
            options += ["--cache-from", str(image)]
        request = docker_build.Build(
            name=urn.name,
            context=str(self._context(inputs)),
            dockerfile=docker_build.text_of(self._dockerfile(inputs)),
            tags=[str(inputs["imageName"])],
            options=options,
            arguments=docker_build.strings(build.get("args")),
            push=not inputs.get("skipPush"),
        )
        digest = docker_build.built(self.place, request)
        name = str(inputs["imageName"])
        return name, {**inputs, "baseImageName": name, "repoDigest": digest}

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Props:
        return self.create(urn, new)[1]

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        with plain_words(f"image {id}"):
            try:
                self.engine.api.inspect_image(id)
            except ImageNotFound:
                return ReadResult(id="")
        return ReadResult(id=id, inputs=inputs, outputs=outputs)

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """Images stay, as the real provider leaves them."""

    def _context(self, inputs: Props) -> Path:
        build: dict[str, Any] = inputs.get("build") or {}
        return self.place.project / str(build.get("context") or ".")

    def _dockerfile(self, inputs: Props) -> Path:
        build: dict[str, Any] = inputs.get("build") or {}
        given = build.get("dockerfile")
        return self.place.project / str(given) if given else self._context(inputs) / "Dockerfile"
