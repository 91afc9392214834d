"""Images: a repository each, built from content or mirrored from elsewhere, referenced by digest only."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

from components.build_context import HASH_LENGTH
from components.builds import Build, build_hash, image_inputs
from components.context import Context
from components.image_files import File, laid_over
from components.image_references import check_digest_reference
from components.settings import ImageSettings

UNTAGGED_DAYS: Final = 14
"""Days after which an image without a tag goes."""


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """An image of somebody else, copied into our repository: private subnets reach no public registry.

    With `tag_allowed` the reference may be a tag: what it means is decided when it is mirrored.
    """

    reference: str
    tag_allowed: bool = False

    def __post_init__(self) -> None:
        if not self.tag_allowed:
            _ = check_digest_reference(self.reference)


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """An image that exists already, by digest: a rollback. Nothing is built."""

    reference: str

    def __post_init__(self) -> None:
        _ = check_digest_reference(self.reference)


ImageSource: TypeAlias = Build | Mirror | Pinned


@dataclass(frozen=True, kw_only=True)
class ImageRepositoryArgs:
    """Inputs of `ImageRepository`. `platforms` are those of the image, the one that its services run on among them."""

    context: Context
    settings: ImageSettings
    source: ImageSource
    platforms: Sequence[str]


class ImageRepository(pulumi.ComponentResource):
    """An ECR repository with immutable tags, scanned and encrypted, and the image that its services run.

    `image_ref` is `repository@sha256:...`. A built image is tagged with the hash of its content: the same content is
    never built twice, and a digest can be traced to its source. `image` is None when the source is pinned.
    """

    repository: aws.ecr.Repository
    image: docker_build.Image | None
    image_ref: pulumi.Output[str]

    def __init__(self, name: str, args: ImageRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:images:ImageRepository", name, None, opts)
        self._args = args
        self.repository = aws.ecr.Repository(
            name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(
                    encryption_type="KMS", kms_key=args.context.keys.images.arn
                )
            ],
            force_delete=args.context.protection.force_destroy,
            opts=args.context.protection.stateful(pulumi.ResourceOptions(parent=self)),
        )
        self._lifecycle = aws.ecr.LifecyclePolicy(
            name,
            repository=self.repository.name,
            policy=lifecycle_policy(args.settings.keep_images),
            opts=pulumi.ResourceOptions(parent=self),
        )
        match args.source:
            case Pinned(reference=reference):
                self.image = None
                self.image_ref = pulumi.Output.from_input(reference)
            case Mirror(reference=reference):
                dockerfile = docker_build.DockerfileArgs(inline=f"FROM {reference}\n")
                self.image = self._pushed(name, self._hash, {"dockerfile": dockerfile})
                self.image_ref = self._ref(self.image)
            case Build() as build:
                self.image = self._pushed(name, self._hash, image_inputs(build))
                self.image_ref = self._ref(self.image)
        self.register_outputs({"repository_url": self.repository.repository_url, "image_ref": self.image_ref})

    def with_files(self, name: str, files: Sequence[File]) -> pulumi.Output[str]:
        """Return the reference of a further image: the repository's own with files laid over it."""
        content = hashlib.sha256("\0".join((self._hash, laid_over("", files))).encode()).hexdigest()[:HASH_LENGTH]
        recipe = self.image_ref.apply(lambda reference: laid_over(reference, files))
        return self._ref(self._pushed(name, content, {"dockerfile": docker_build.DockerfileArgs(inline=recipe)}))

    @property
    def _hash(self) -> str:
        return source_hash(self._args.source, ",".join(self._args.platforms))

    def _ref(self, image: docker_build.Image) -> pulumi.Output[str]:
        return pulumi.Output.concat(self.repository.repository_url, "@", image.digest)

    def _pushed(self, name: str, content: str, inputs: Mapping[str, Any]) -> docker_build.Image:
        """Declare an image. Destroying it leaves the registry alone: a digest outlives the code that made it."""
        url = self.repository.repository_url
        token = aws.ecr.get_authorization_token_output(
            registry_id=self.repository.registry_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return docker_build.Image(
            name,
            **inputs,
            platforms=[docker_build.Platform(platform) for platform in self._args.platforms],
            push=True,
            build_on_preview=False,
            tags=[pulumi.Output.concat(url, f":content-{content}")],
            registries=[
                docker_build.RegistryArgs(
                    address=url.apply(lambda address: address.split("/")[0]),
                    username=token.user_name,
                    password=pulumi.Output.secret(token.password),
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True, depends_on=[self._lifecycle]),
        )


def source_hash(source: ImageSource, platforms: str) -> str:
    """Return the content hash of a source for its platforms (`linux/amd64,linux/arm64`): 12 hexadecimal digits."""
    match source:
        case Build():
            return build_hash(source, {"platform": platforms})
        case Mirror(reference=reference) | Pinned(reference=reference):
            return hashlib.sha256(f"{platforms}\0{reference}".encode()).hexdigest()[:HASH_LENGTH]


def lifecycle_policy(keep_images: int) -> str:
    """Return the lifecycle policy: untagged images go after two weeks, tagged ones when newer ones fill the window.

    Every digest that a service ran has its content tag, so the window counts deployable images.
    """
    rules = [
        {
            "rulePriority": 1,
            "description": f"Untagged images go after {UNTAGGED_DAYS} days",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": f"The newest {keep_images} images stay for rollback",
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["content-*"],
                "countType": "imageCountMoreThan",
                "countNumber": keep_images,
            },
            "action": {"type": "expire"},
        },
    ]
    return json.dumps({"rules": rules})
