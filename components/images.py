"""Images: a repository each, built from content or mirrored from elsewhere, referenced by digest only."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

from components.build_context import HASH_LENGTH, content_hash
from components.context import Context
from components.image_references import check_digest_reference
from components.settings import ImageSettings

UNTAGGED_DAYS: Final = 14
"""Days after which an image without a tag goes."""


@dataclass(frozen=True, kw_only=True)
class Build:
    """An image that is built from `context`. `dockerfile` is relative to it; `arguments` are never secret."""

    context: Path
    dockerfile: str = "Dockerfile"
    target: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """An image of somebody else, copied into our repository: private subnets reach no public registry."""

    reference: str

    def __post_init__(self) -> None:
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
    """Inputs of `ImageRepository`."""

    context: Context
    settings: ImageSettings
    source: ImageSource


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
        lifecycle = aws.ecr.LifecyclePolicy(
            name,
            repository=self.repository.name,
            policy=lifecycle_policy(args.settings.keep_images),
            opts=pulumi.ResourceOptions(parent=self),
        )
        match args.source:
            case Pinned(reference=reference):
                self.image = None
                self.image_ref = pulumi.Output.from_input(reference)
            case source:
                self.image = self._built(name, source, args, lifecycle)
                self.image_ref = pulumi.Output.concat(self.repository.repository_url, "@", self.image.digest)
        self.register_outputs({"repository_url": self.repository.repository_url, "image_ref": self.image_ref})

    def _built(
        self, name: str, source: Build | Mirror, args: ImageRepositoryArgs, lifecycle: aws.ecr.LifecyclePolicy
    ) -> docker_build.Image:
        """Declare the image. Destroying it leaves the registry alone: a digest outlives the code that made it."""
        platform = args.settings.platform
        url = self.repository.repository_url
        token = aws.ecr.get_authorization_token_output(
            registry_id=self.repository.registry_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        build = source if isinstance(source, Build) else None
        return docker_build.Image(
            name,
            context=docker_build.BuildContextArgs(location=str(build.context)) if build else None,
            dockerfile=_dockerfile(source),
            target=build.target if build else None,
            build_args=build.arguments if build else None,
            platforms=[docker_build.Platform(platform)],
            push=True,
            build_on_preview=False,
            tags=[pulumi.Output.concat(url, f":content-{source_hash(source, platform)}")],
            registries=[
                docker_build.RegistryArgs(
                    address=url.apply(lambda address: address.split("/")[0]),
                    username=token.user_name,
                    password=pulumi.Output.secret(token.password),
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True, depends_on=[lifecycle]),
        )


def _dockerfile(source: Build | Mirror) -> docker_build.DockerfileArgs:
    match source:
        case Build():
            return docker_build.DockerfileArgs(location=str(source.context / source.dockerfile))
        case Mirror():
            return docker_build.DockerfileArgs(inline=f"FROM {source.reference}\n")


def source_hash(source: Build | Mirror, platform: str) -> str:
    """Return the content hash of a source for one platform: 12 hexadecimal digits."""
    match source:
        case Build():
            options = {"platform": platform, "target": source.target or ""}
            arguments = {f"argument:{name}": value for name, value in source.arguments.items()}
            return content_hash(source.context, dockerfile=source.dockerfile, options=options | arguments)
        case Mirror():
            return hashlib.sha256(f"{platform}\0{source.reference}".encode()).hexdigest()[:HASH_LENGTH]


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
