"""The sandbox's `docker-build` provider on a Docker engine: images are really built, with `docker buildx`.

On AWS's stack, where no engine is needed, `sandbox.image_provider` takes this one's place and computes digests.
"""

# ruff: noqa: D102
# The methods are documented where `Plugin` declares them.

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from docker.errors import ImageNotFound

from components.build_context import content_hash
from sandbox.docker_build import Build, built, strings, text_of
from sandbox.docker_engine import DockerEngine, plain_words
from sandbox.docker_types import values
from sandbox.docker_types.base import Place
from sandbox.plugin import (
    UNKNOWN,
    Checked,
    Difference,
    Failure,
    Plugin,
    Props,
    ProviderError,
    ReadResult,
    Urn,
    has_unknown,
)

IMAGE_TYPE: Final = "docker-build:index:Image"

CONTENT: Final = (
    "addHosts",
    "buildArgs",
    "cacheFrom",
    "cacheTo",
    "context",
    "dockerfile",
    "labels",
    "network",
    "noCache",
    "platforms",
    "pull",
    "secrets",
    "ssh",
    "target",
)
DELIVERY: Final = (
    "tags",
    "push",
    "load",
    "registries",
    "buildOnPreview",
    "builder",
    "exec",
    "ignoreSecretsInDiffCalculation",
)


class DockerBuildProvider(Plugin):
    """Images built on one engine. Paths are relative to `project`."""

    package: ClassVar[str] = "docker-build"
    version: ClassVar[str] = "0.0.22"

    def __init__(self, *, engine: DockerEngine, project: Path, stand_ins: Mapping[str, str] | None = None) -> None:
        self._place = Place(engine=engine, project=project, stand_ins=stand_ins or {})

    def configure(self, config: Props) -> Self:
        """The engine is the sandbox's."""
        return self

    def check(self, urn: Urn, old: Props, new: Props, seed: bytes) -> Checked:
        """Refuse what the build would refuse before it starts: unknown inputs, no Dockerfile, no context."""
        if urn.type != IMAGE_TYPE:
            raise ProviderError(f"the sandbox knows {IMAGE_TYPE} of docker-build, not {urn.type}")
        failures = [
            Failure(property=key, reason=f"the sandbox's builds know no input {key!r}")
            for key in new
            if key not in (*CONTENT, *DELIVERY)
        ]
        if "push" not in new:
            failures.append(Failure(property="push", reason="say true or false"))
        if not new.get("push") and not new.get("load"):
            failures.append(Failure(property="load", reason="neither loaded nor pushed, the image would be lost"))
        if not failures and not has_unknown(_content(new)):
            failures += self._missing_files(new)
        return Checked(inputs=new, failures=failures)

    def diff(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
        """An image is built again when its content, its tags or its context's files have changed."""
        changed = {key for key in (*CONTENT, "tags", "push", "load") if old_inputs.get(key) != new.get(key)}
        if not has_unknown(_content(new)) and self._context_hash(new) != old_outputs.get("contextHash"):
            changed.add("context")
        return Difference(updates=frozenset(changed))

    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        """Build; a preview builds only where `buildOnPreview` asks for it."""
        if preview and not (inputs.get("buildOnPreview") and not has_unknown(inputs)):
            return "", self._planned(inputs)
        outputs = self._build(urn, inputs)
        return str(outputs["digest"]), outputs

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        """A loaded image is there while the engine has it under every tag."""
        if inputs.get("load"):
            for tag in values.items(inputs.get("tags")):
                with plain_words(f"image {tag}"):
                    try:
                        self._place.engine.api.inspect_image(tag)
                    except ImageNotFound:
                        return ReadResult(id="")
        return ReadResult(id=id, inputs=inputs, outputs=outputs)

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        """Build again."""
        return self._planned(new) if preview else self._build(urn, new)

    def resume(self, urn: Urn, inputs: Props) -> tuple[str, Props]:
        """A build that was cut made nothing that has to go."""
        raise ProviderError("a build that was cut is built anew")

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """Built images stay, as the real provider leaves them: the next build is quick."""

    def invoke(self, token: str, args: Props) -> Props:
        raise ProviderError(f"docker-build has no function {token}")

    def _planned(self, inputs: Props) -> Props:
        known = UNKNOWN if has_unknown(_content(inputs)) else self._context_hash(inputs)
        return {**inputs, "contextHash": known, "digest": UNKNOWN, "ref": UNKNOWN}

    def _build(self, urn: Urn, inputs: Props) -> Props:
        tags = [str(tag) for tag in values.items(inputs.get("tags"))]
        dockerfile = self._dockerfile(inputs)
        request = Build(
            name=urn.name,
            context=self._context(inputs),
            dockerfile=dockerfile if isinstance(dockerfile, str) else text_of(dockerfile),
            tags=tags,
            options=list(_options(inputs)),
            arguments=strings(inputs.get("buildArgs")),
            secrets=strings(inputs.get("secrets")),
            push=bool(inputs.get("push")),
            load=bool(inputs.get("load")),
        )
        digest = built(self._place, request)
        ref = f"{tags[0]}@{digest}" if tags else digest
        return {**inputs, "contextHash": self._context_hash(inputs), "digest": digest, "ref": ref}

    def _missing_files(self, inputs: Props) -> list[Failure]:
        folder = self._folder(inputs)
        if folder is not None and not folder.is_dir():
            return [Failure(property="context", reason=f"there is no directory {folder}")]
        dockerfile = self._dockerfile(inputs)
        if isinstance(dockerfile, Path) and not dockerfile.is_file():
            return [Failure(property="dockerfile", reason=f"there is no file {dockerfile}")]
        return []

    def _context(self, inputs: Props) -> str:
        location = str(values.props(inputs.get("context")).get("location") or ".")
        return location if "://" in location or location.startswith("git@") else str(self._place.project / location)

    def _folder(self, inputs: Props) -> Path | None:
        """The context's folder; None where it is elsewhere."""
        context = self._context(inputs)
        return None if "://" in context or context.startswith("git@") else Path(context)

    def _dockerfile(self, inputs: Props) -> Path | str:
        """The Dockerfile's path, or its text where it is given inline."""
        given: dict[str, Any] = inputs.get("dockerfile") or {}
        if given.get("inline") is not None:
            return str(given["inline"])
        if given.get("location") is not None:
            return self._place.project / str(given["location"])
        return (self._folder(inputs) or self._place.project) / "Dockerfile"

    def _context_hash(self, inputs: Props) -> str:
        folder, dockerfile = self._folder(inputs), self._dockerfile(inputs)
        parts = {
            "files": None if folder is None else content_hash(folder),
            "dockerfile": dockerfile if isinstance(dockerfile, str) else text_of(dockerfile),
            **{key: inputs.get(key) for key in ("buildArgs", "labels", "platforms", "target")},
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _content(inputs: Props) -> Props:
    return {key: inputs.get(key) for key in CONTENT}


def _options(inputs: Props) -> Iterator[str]:
    """The inputs that are options of `docker buildx build` of their own."""
    yield from ("--builder", str(values.props(inputs.get("builder")).get("name") or "default"))
    if inputs.get("target"):
        yield from ("--target", str(inputs["target"]))
    if inputs.get("platforms"):
        yield from ("--platform", ",".join(inputs["platforms"]))
    if inputs.get("network"):
        yield from ("--network", str(inputs["network"]))
    for key, option in (("noCache", "--no-cache"), ("pull", "--pull")):
        if inputs.get(key):
            yield option
    for name, value in sorted(strings(inputs.get("labels")).items()):
        yield from ("--label", f"{name}={value}")
    for host in values.items(inputs.get("addHosts")):
        yield from ("--add-host", host)
    contexts = values.props(values.props(inputs.get("context")).get("named"))
    for name, named in sorted(contexts.items()):
        yield from ("--build-context", f"{name}={named['location']}")
    for agent in values.items(inputs.get("ssh")):
        yield from ("--ssh", "=".join([str(agent["id"]), ",".join(agent.get("paths") or [])]).rstrip("="))
    for key, option in (("cacheFrom", "--cache-from"), ("cacheTo", "--cache-to")):
        for cache in values.items(inputs.get(key)):
            if not cache.get("disabled"):
                yield from (option, _cache(cache))


def _cache(cache: Props) -> str:
    """A cache as buildx writes one: `type=registry,ref=...`, or the raw text."""
    if cache.get("raw"):
        return str(cache["raw"])
    kind = next(name for name, value in cache.items() if isinstance(value, Mapping))
    return ",".join([f"type={kind}", *(f"{name}={value}" for name, value in values.props(cache[kind]).items())])
