"""Images without a Docker engine: digests of their contexts, in the sandbox's ECR."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws_
import pulumi_docker_build as docker_build
import pytest

from sandbox.image_provider import DockerBuildProvider
from sandbox.plugin import UNKNOWN, Checked, Props, ProviderError, Urn
from tests.sandbox.conftest import REGION, Engine

Aws = Callable[..., Props]
URN = Urn(text="urn:pulumi:test::infra::docker-build:index:Image::backend")
REGISTRY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Builder:
    """A provider over moto, a project with one build context, and a repository."""

    provider: DockerBuildProvider
    project: Path

    def inputs(self, tag: str = "content-1", **changes: Any) -> Props:
        """Inputs of an image of the context."""
        common = {"push": True, "tags": [f"{REGISTRY}/backend:{tag}"], "platforms": ["linux/amd64"]}
        return {**common, "context": {"location": "app"}, **changes}

    def built(self, **changes: Any) -> Props:
        """Outputs after a build."""
        return self.provider.create(URN, self.inputs(**changes), False)[1]

    def checked(self, inputs: Props) -> Checked:
        """The result of a check of a new image."""
        return self.provider.check(URN, {}, inputs, b"")

    def changes(self, inputs: Props, outputs: Props, new: Props) -> frozenset[str]:
        """What a diff sees."""
        return self.provider.diff(URN, outputs["digest"], inputs, outputs, new).updates


@pytest.fixture
def builder(endpoint: str, aws: Aws, tmp_path: Path) -> Builder:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "app" / "main.py").write_text("print(1)\n")
    aws("ecr", "CreateRepository", repositoryName="backend", imageTagMutability="IMMUTABLE")
    provider = DockerBuildProvider(endpoint_url=endpoint, region=REGION, project_dir=tmp_path)
    return Builder(provider=provider, project=tmp_path)


def test_a_build_puts_its_digest_under_its_tag_and_the_same_content_has_the_same_digest(
    builder: Builder, aws: Aws
) -> None:
    first = builder.built()
    found = aws("ecr", "DescribeImages", repositoryName="backend")["imageDetails"]
    assert [(image["imageDigest"], image["imageTags"]) for image in found] == [(first["digest"], ["content-1"])]
    assert first["ref"] == f"{REGISTRY}/backend:content-1@{first['digest']}"
    assert builder.built() == first
    assert builder.built(tag="content-2")["digest"] == first["digest"]


def test_every_part_of_the_content_changes_the_digest_and_nothing_else_does(builder: Builder) -> None:
    first = builder.built()
    others = [
        builder.built(tag="a", buildArgs={"VERSION": "2"}),
        builder.built(tag="b", platforms=["linux/arm64"]),
        builder.built(tag="c", target="test"),
        builder.built(tag="d", dockerfile={"inline": "FROM busybox\n"}),
    ]
    (builder.project / "app" / "main.py").write_text("print(2)\n")
    others.append(builder.built(tag="e"))
    assert len({first["digest"], *(other["digest"] for other in others)}) == 6

    (builder.project / "app" / ".dockerignore").write_text("notes.txt\n.dockerignore\n")
    ignored = builder.built(tag="f")
    (builder.project / "app" / "notes.txt").write_text("not sent")
    assert builder.built(tag="g", registries=[{"password": "other"}])["digest"] == ignored["digest"]


def test_what_a_dockerfile_takes_from_other_directories_is_content_too(builder: Builder) -> None:
    (builder.project / "shared").mkdir()
    shared = {"location": "app", "named": {"shared": {"location": "shared"}}}
    missing = builder.checked(builder.inputs(context={"location": "app", "named": {"x": {"location": "nowhere"}}}))
    assert ["which the Dockerfile calls x" in failure.reason for failure in missing.failures] == [True]
    first = builder.built(context=shared)
    (builder.project / "shared" / "common.py").write_text("pass\n")
    images = {"location": "app", "named": {"shared": {"location": "docker-image://alpine"}}}
    others = [builder.built(tag="a", context=shared), builder.built(tag="b", context=images)]
    assert len({first["digest"], *(other["digest"] for other in others)}) == 3


def test_a_diff_sees_files_that_have_changed_but_no_new_password(builder: Builder) -> None:
    inputs, outputs = builder.inputs(), builder.built()
    assert builder.changes(inputs, outputs, {**inputs, "registries": [{"password": "new"}]}) == frozenset()
    (builder.project / "app" / "main.py").write_text("print(2)\n")
    assert builder.changes(inputs, outputs, inputs) == {"context"}
    retagged = builder.inputs(tag="content-2")
    assert builder.changes(inputs, outputs, retagged) == {"context", "tags"}
    updated = builder.provider.update(URN, outputs["digest"], inputs, outputs, retagged, False)
    assert updated["digest"] != outputs["digest"]
    assert builder.changes(retagged, updated, retagged) == frozenset()


def test_an_immutable_tag_keeps_its_first_content(builder: Builder) -> None:
    builder.built()
    (builder.project / "app" / "main.py").write_text("print(2)\n")
    with pytest.raises(ProviderError, match=r"pushing .*backend:content-1: AWS Image.*AlreadyExistsException"):
        builder.built()


def test_a_push_into_no_repository_is_an_error(builder: Builder) -> None:
    with pytest.raises(ProviderError, match="RepositoryNotFoundException"):
        builder.built(tags=[f"{REGISTRY}/other:1"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"context": {"location": "nowhere"}}, "context: there is no directory"),
        ({"dockerfile": {"location": "app/Dockerfile.test"}}, "dockerfile: there is no file"),
        ({"tags": ["docker.io/library/backend:1"]}, "tags: 'docker.io/library/backend:1' is no tag of a repository"),
        ({"cacheForm": []}, "cacheForm: the sandbox's images know no input 'cacheForm'"),
    ],
)
def test_what_no_build_could_use_is_refused_before_it(builder: Builder, changes: Props, words: str) -> None:
    failures = builder.checked(builder.inputs(**changes)).failures
    assert any(f"{failure.property}: {failure.reason}".startswith(words) for failure in failures), failures
    assert not builder.checked(builder.inputs()).failures


def test_what_is_unknown_before_up_is_not_judged(builder: Builder) -> None:
    inputs = builder.inputs(tags=UNKNOWN, buildArgs={"URL": UNKNOWN})
    assert not builder.checked(inputs).failures
    planned = builder.provider.create(URN, inputs, True)[1]
    assert (planned["digest"], planned["contextHash"]) == (UNKNOWN, UNKNOWN)


def test_a_mirror_needs_no_context_and_is_what_its_inline_dockerfile_says(builder: Builder) -> None:
    references = [f"FROM grafana@sha256:{digit * 64}\n" for digit in "01"]
    mirrors: list[Props] = [{"context": None, "dockerfile": {"inline": text}} for text in references]
    assert all(not builder.checked(builder.inputs(**mirror)).failures for mirror in mirrors)
    one, two = (builder.built(tag=f"m{index}", **mirror) for index, mirror in enumerate(mirrors))
    assert one["digest"] != two["digest"]


def test_an_image_deleted_behind_pulumi_is_gone_and_one_that_is_not_pushed_never_is(builder: Builder, aws: Aws) -> None:
    inputs, outputs = builder.inputs(), builder.built()
    read = builder.provider.read(URN, outputs["digest"], inputs, outputs)
    assert (read.id, read.inputs) == (outputs["digest"], inputs)
    aws("ecr", "BatchDeleteImage", repositoryName="backend", imageIds=[{"imageTag": "content-1"}])
    assert builder.provider.read(URN, outputs["digest"], inputs, outputs).id == ""
    local = {**inputs, "push": False}
    assert builder.provider.read(URN, outputs["digest"], local, outputs).id == outputs["digest"]


def test_other_types_and_functions_are_named(builder: Builder) -> None:
    index = replace(URN, text=URN.text.replace(":Image::", ":Index::"))
    with pytest.raises(ProviderError, match="docker-build:index:Index"):
        builder.provider.check(index, {}, {}, b"")
    with pytest.raises(ProviderError, match="getThing"):
        builder.provider.invoke("docker-build:index:getThing", {})


def test_the_real_engine_pushes_rebuilds_and_heals_an_image(engine: Engine, aws: Aws, tmp_path: Path) -> None:
    context = tmp_path / "app"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\n")

    def program() -> None:
        tag = f"content-{len((context / 'Dockerfile').read_text())}"
        repository = aws_.ecr.Repository("backend", name="backend", image_tag_mutability="IMMUTABLE", force_delete=True)
        image = docker_build.Image(
            "backend",
            context=docker_build.BuildContextArgs(location=str(context)),
            platforms=[docker_build.Platform.LINUX_AMD64],
            push=True,
            build_on_preview=False,
            tags=[pulumi.Output.concat(repository.repository_url, ":", tag)],
            registries=[docker_build.RegistryArgs(address="a", username="AWS", password=pulumi.Output.secret("hush"))],
        )
        pulumi.export("digest", image.digest)

    assert engine.up(program) == {"create": 3}
    first = engine.stack.outputs()["digest"].value
    assert engine.changes(program) == {}
    (context / "Dockerfile").write_text("FROM scratch\nUSER 1000\n")
    assert engine.up(program) == {"update": 1}
    second = engine.stack.outputs()["digest"].value
    found = aws("ecr", "DescribeImages", repositoryName="backend")["imageDetails"]
    assert {image["imageDigest"] for image in found} == {first, second}
    aws("ecr", "BatchDeleteImage", repositoryName="backend", imageIds=[{"imageDigest": second}])
    engine.stack.refresh(color="never")
    assert engine.up(program) == {"create": 1}
    assert engine.stack.outputs()["digest"].value == second
    written = [path.read_text() for path in (tmp_path / "state").rglob("*.json*")]
    assert any("docker-build" in text for text in written)
    assert not any("hush" in text for text in written)
