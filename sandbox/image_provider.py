"""The sandbox's provider of `docker-build`: no engine builds anything, an image is what its context hashes to.

`docker-build:index:Image` checks that the Dockerfile and the context exist, computes a digest from them, the build
arguments, the target stage and the platforms, and puts a manifest of that digest under the image's tags into the
sandbox's ECR: repositories, immutable tags and digests behave as they do after a push. What is missing is the image.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final, Self

from components.build_context import content_hash
from sandbox.aws_error import AwsError
from sandbox.calls import Clients
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

NOTICE: Final = "Images are not built here: each digest is computed from its build context."

IMAGE_TYPE: Final = "docker-build:index:Image"
_ECR_TAG: Final = re.compile(
    r"(?P<registry>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:@]+):(?P<tag>[^:@]+)"
)

_CONTENT: Final = ("addHosts", "buildArgs", "context", "dockerfile", "labels", "platforms", "target")
_DELIVERY: Final = (
    *("tags", "push", "registries", "buildOnPreview", "builder", "exec", "load", "exports", "network"),
    *("cacheFrom", "cacheTo", "noCache", "pull", "secrets", "ssh"),
)


class DockerBuildProvider(Plugin):
    """Images whose digest comes from their build context, in the ECR of the sandbox's cloud.

    Paths of contexts are relative to `project_dir`.
    """

    package: ClassVar[str] = "docker-build"
    version: ClassVar[str] = "0.0.22"

    def __init__(self, *, endpoint_url: str, region: str, project_dir: Path) -> None:
        self._project_dir = project_dir
        self._clients = Clients(endpoint_url=endpoint_url, region=region)

    def configure(self, config: Props) -> Self:
        """Registries and hosts of a provider do not matter here."""
        return self

    def check(self, urn: Urn, old: Props, new: Props, seed: bytes) -> Checked:
        """Refuse what the build would refuse before it starts: unknown inputs, no Dockerfile, no context."""
        if urn.type != IMAGE_TYPE:
            raise ProviderError(f"the sandbox knows {IMAGE_TYPE} of docker-build, not {urn.type}")
        failures = [
            Failure(property=key, reason=f"the sandbox's images know no input {key!r}")
            for key in new
            if key not in (*_CONTENT, *_DELIVERY)
        ]
        if not has_unknown(_content(new)):
            failures += self._missing_files(new)
        for tag in _known_tags(new):
            if _ECR_TAG.fullmatch(tag) is None:
                failures.append(Failure(property="tags", reason=f"{tag!r} is no tag of a repository in ECR"))
        return Checked(inputs=new, failures=failures)

    def diff(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
        """An image is built again when its content, its tags or its context's files have changed.

        Registry credentials are new every time and say nothing about the image.
        """
        compared = set(_CONTENT) | {"tags", "push"}
        changed = {key for key in compared if old_inputs.get(key) != new.get(key)}
        if not has_unknown(_content(new)) and self._content_hash(new) != old_outputs.get("contextHash"):
            changed.add("context")
        return Difference(updates=frozenset(changed))

    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        """Compute the digest and put the manifest; a preview builds nothing."""
        if preview:
            return "", {**inputs, "contextHash": self._preview_hash(inputs), "digest": UNKNOWN, "ref": UNKNOWN}
        outputs = self._build(inputs)
        return outputs["digest"], outputs

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        """A pushed image is there while its repository holds its digest under every tag."""
        for tag in _known_tags(inputs) if inputs.get("push") else ():
            if not self._exists(tag, str(outputs["digest"])):
                return ReadResult(id="")
        return ReadResult(id=id, inputs=inputs, outputs=outputs)

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        """Build again."""
        if preview:
            return {**new, "contextHash": self._preview_hash(new), "digest": UNKNOWN, "ref": UNKNOWN}
        return self._build(new)

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """Pushed images stay, as the real provider leaves them: they go with their repository."""

    def invoke(self, token: str, args: Props) -> Props:
        """docker-build has no functions."""
        raise ProviderError(f"docker-build has no function {token}")

    def _missing_files(self, inputs: Props) -> list[Failure]:
        context = self._context(inputs)
        if context is None:
            return []
        if not context.is_dir():
            return [Failure(property="context", reason=f"there is no directory {context}")]
        dockerfile = self._dockerfile(inputs)
        if isinstance(dockerfile, Path) and not dockerfile.is_file():
            return [Failure(property="dockerfile", reason=f"there is no file {dockerfile}")]
        return [
            Failure(property="context", reason=f"there is no directory {directory}, which the Dockerfile calls {name}")
            for name, directory in self._named(inputs).items()
            if isinstance(directory, Path) and not directory.is_dir()
        ]

    def _context(self, inputs: Props) -> Path | None:
        context: Props = inputs.get("context") or {}
        location = context.get("location")
        return None if location is None else self._project_dir / str(location)

    def _named(self, inputs: Props) -> dict[str, Path | str]:
        """Further contexts by name: directories, and images by reference."""
        context: Props = inputs.get("context") or {}
        named: dict[str, Props] = context.get("named") or {}
        found = {name: str(where["location"]) for name, where in named.items()}
        return {name: where if "://" in where else self._project_dir / where for name, where in found.items()}

    def _dockerfile(self, inputs: Props) -> Path | str:
        """The Dockerfile's path, or its text where it is given inline."""
        given: Props = inputs.get("dockerfile") or {}
        if given.get("inline") is not None:
            return str(given["inline"])
        if given.get("location") is not None:
            return self._project_dir / str(given["location"])
        return (self._context(inputs) or self._project_dir) / "Dockerfile"

    def _content_hash(self, inputs: Props) -> str:
        context = self._context(inputs)
        dockerfile = self._dockerfile(inputs)
        parts = {
            "files": None if context is None else content_hash(context),
            "dockerfile": dockerfile if isinstance(dockerfile, str) else dockerfile.read_text(),
            **{key: inputs.get(key) for key in ("addHosts", "buildArgs", "labels", "platforms", "target")},
            "named": {
                name: content_hash(where) if isinstance(where, Path) else where
                for name, where in self._named(inputs).items()
            },
        }
        return _sha256(json.dumps(parts, sort_keys=True))

    def _preview_hash(self, inputs: Props) -> object:
        return UNKNOWN if has_unknown(_content(inputs)) else self._content_hash(inputs)

    def _build(self, inputs: Props) -> Props:
        hash_ = self._content_hash(inputs)
        manifest = _manifest(hash_)
        digest = f"sha256:{_sha256(manifest)}"
        tags = _known_tags(inputs)
        if inputs.get("push"):
            for tag in tags:
                self._put(tag, manifest, digest)
        ref = f"{tags[0]}@{digest}" if tags else digest
        return {**inputs, "contextHash": hash_, "digest": digest, "ref": ref}

    def _put(self, tag: str, manifest: str, digest: str) -> None:
        name = _ecr_name(tag)
        image = {
            "imageTag": name["tag"],
            "imageManifest": manifest,
            "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
            "imageDigest": digest,
        }
        try:
            if digest not in self._digests(name):
                self._ask(name, "PutImage", image)
        except AwsError as error:
            raise ProviderError(f"pushing {tag}: AWS {error.code}: {error.reason}") from None

    def _exists(self, tag: str, digest: str) -> bool:
        try:
            return digest in self._digests(_ecr_name(tag))
        except AwsError as error:
            if error.code == "RepositoryNotFoundException":
                return False
            raise

    def _digests(self, name: Mapping[str, str]) -> Sequence[str]:
        """The digest under a tag, none when there is no such tag; raises `AwsError` without a repository."""
        try:
            found = self._ask(name, "DescribeImages", {"imageIds": [{"imageTag": name["tag"]}]})
        except AwsError as error:
            if error.code == "ImageNotFoundException":
                return ()
            raise
        return [image["imageDigest"] for image in found["imageDetails"]]

    def _ask(self, name: Mapping[str, str], operation: str, params: Props) -> Props:
        repository = {"registryId": name["registry"], "repositoryName": name["repository"]}
        return self._clients.in_region(name["region"]).call("ecr", operation, {**repository, **params})


def _content(inputs: Props) -> Props:
    return {key: inputs.get(key) for key in _CONTENT}


def _known_tags(inputs: Props) -> Sequence[str]:
    tags: Sequence[object] = inputs.get("tags") or [] if inputs.get("tags") is not UNKNOWN else []
    return [str(tag) for tag in tags if tag is not UNKNOWN]


def _ecr_name(tag: str) -> Mapping[str, str]:
    match = _ECR_TAG.fullmatch(tag)
    if match is None:
        raise ProviderError(f"{tag!r} is no tag of a repository in ECR")
    return match.groupdict()


def _manifest(content: str) -> str:
    """An OCI image manifest without layers whose configuration stands for the content."""
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": f"sha256:{content}",
                "size": len(content),
            },
            "layers": [],
        },
        sort_keys=True,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
