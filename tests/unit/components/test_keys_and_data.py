"""Keys, images, secrets and file systems as the engine sees them."""

import dataclasses
import json
from typing import Any, TypeAlias

import pytest

from components.builds import Build, build_hash, image_inputs
from components.context import Context
from components.image_files import BUSYBOX, File, laid_over
from components.image_references import ImageError
from components.images import (
    ImageRepository,
    ImageRepositoryArgs,
    ImageSource,
    Mirror,
    Pinned,
    lifecycle_policy,
    source_hash,
)
from components.network import Network, NetworkArgs
from components.secrets import Secret, SecretArgs
from components.settings import ComponentsSettings
from components.storage import Bucket, BucketArgs, FileSystem, FileSystemArgs
from services.sources import PROJECT
from tests.unit.components.recording import ACCOUNT_ID, REGION, Graph, record

Recorded: TypeAlias = tuple[Graph, dict[str, str], Build]
DIGEST = f"sha256:{'b' * 64}"
CONFIG = File(path="/etc/nginx/nginx.conf", content=b"events {}", mode=0o400, uid=101, gid=101)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    context_dir = tmp_path_factory.mktemp("context")
    (context_dir / "Dockerfile").write_text("FROM scratch\n")
    build = Build(context=context_dir, arguments={"VERSION": "1"})
    refs: dict[str, str] = {}

    def program(context: Context, chosen: ComponentsSettings) -> None:
        def image(name: str, source: ImageSource) -> None:
            def keep(reference: str) -> None:
                refs[name] = reference

            args = ImageRepositoryArgs(
                context=context, settings=chosen.images, source=source, platforms=[chosen.images.platform]
            )
            repository = ImageRepository(name, args)
            repository.image_ref.apply(keep)
            if name == "proxy":
                repository.with_files("proxy-files", [CONFIG])

        image("backend", build)
        image("proxy", Mirror(reference=f"docker.io/library/nginx@{DIGEST}"))
        image("pinned", Pinned(reference=f"example.com/backend@{DIGEST}"))
        Secret("password", SecretArgs(context=context, value="s3cret", description="Password"))
        Bucket("files", BucketArgs(context=context))
        network = Network("network", NetworkArgs(context=context, settings=chosen.network, namespace_domain="x"))
        args = FileSystemArgs(context=context, vpc=network.vpc, subnets=network.primary_subnets["private"])
        FileSystem("volumes", args).access_point("uploads", uid=1000, gid=1000)

    return record(program), refs, build


@pytest.fixture(scope="module")
def graph(recorded: Recorded) -> Graph:
    return recorded[0]


def statements(graph: Graph, purpose: str) -> dict[str, dict[str, Any]]:
    return {item["Sid"]: item for item in graph.one("kms/key:Key", f"keys-{purpose}").policy()}


def test_there_is_one_rotated_protected_key_and_alias_a_purpose(graph: Graph) -> None:
    purposes = {"logs", "data", "secrets", "images", "storage"}
    assert {key.name for key in graph.of("kms/key:Key")} == {f"keys-{purpose}" for purpose in purposes}
    assert {a.inputs["name"] for a in graph.of("Alias")} == {f"alias/infra-prod-{purpose}" for purpose in purposes}
    for key in graph.of("kms/key:Key"):
        assert key.inputs["enableKeyRotation"] is True
        assert key.inputs["deletionWindowInDays"] == 30
        assert key.protect


def test_cloudwatch_uses_the_logs_key_for_this_accounts_groups_alone(graph: Graph) -> None:
    use = statements(graph, "logs")["UseByService"]
    assert use["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    groups = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:*"
    assert use["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}


@pytest.mark.parametrize(
    ("purpose", "services"),
    [
        ("data", ["rds", "elasticache"]),
        ("secrets", ["secretsmanager"]),
        ("images", ["ecr"]),
        ("storage", ["s3", "elasticfilesystem"]),
    ],
)
def test_identities_use_a_key_only_through_the_services_of_its_purpose(
    graph: Graph, purpose: str, services: list[str]
) -> None:
    found = statements(graph, purpose)
    via = [f"{service}.{REGION}.amazonaws.com" for service in services]
    assert found["UseThroughServices"]["Condition"]["StringEquals"]["kms:ViaService"] == via
    assert found["GrantsForServices"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_no_key_policy_has_a_wildcard_action_and_administration_decrypts_nothing(graph: Graph) -> None:
    for key in graph.of("kms/key:Key"):
        for statement in key.policy():
            assert not any("*" in action for action in statement["Action"])
        assert not {"kms:Decrypt", "kms:CreateGrant"} & set(key.policy()[0]["Action"])


def test_repositories_are_immutable_scanned_encrypted_and_protected(graph: Graph) -> None:
    for repository in graph.of("ecr/repository:Repository"):
        assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
        assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        (encryption,) = repository.inputs["encryptionConfigurations"]
        assert encryption["encryptionType"] == "KMS"
        assert encryption["kmsKey"].endswith(":keys-images")
        assert repository.inputs["forceDelete"] is False
        assert repository.protect


def test_an_image_is_pushed_under_its_content_hash_and_referenced_by_digest(recorded: Recorded) -> None:
    graph, refs, build = recorded
    image = graph.one("index:Image", "backend")
    url = f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/backend"
    assert image.inputs["tags"] == [f"{url}:content-{source_hash(build, 'linux/amd64')}"]
    assert image.inputs["push"] is True
    assert image.inputs["buildOnPreview"] is False
    assert image.inputs["platforms"] == ["linux/amd64"]
    assert image.inputs["registries"][0]["address"] == f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com"
    assert "labels" not in image.inputs
    assert refs["backend"] == f"{url}@sha256:{'a' * 64}"


def test_a_mirrored_image_is_built_from_its_digest(graph: Graph) -> None:
    inputs = graph.one("index:Image", "proxy").inputs
    assert inputs["dockerfile"] == {"inline": f"FROM docker.io/library/nginx@{DIGEST}\n"}


def test_files_are_laid_over_the_image_by_its_digest_under_a_tag_of_their_own(graph: Graph) -> None:
    inputs = graph.one("index:Image", "proxy-files").inputs
    url = f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/proxy"
    assert inputs["dockerfile"] == {"inline": laid_over(f"{url}@sha256:{'a' * 64}", [CONFIG])}
    assert inputs["tags"][0].startswith(f"{url}:content-")
    assert inputs["tags"] != graph.one("index:Image", "proxy").inputs["tags"]


def test_files_arrive_byte_by_byte_with_their_mode_and_owner() -> None:
    assert laid_over("shop@sha256:0", [CONFIG, File(path="/a b", content=b"\x00\n")]).splitlines() == [
        f"FROM --platform=$BUILDPLATFORM {BUSYBOX} AS files",
        "RUN mkdir /files",
        "RUN base64 -d >/files/0 <<'EOF'",
        "ZXZlbnRzIHt9",
        "EOF",
        "RUN base64 -d >/files/1 <<'EOF'",
        "AAo=",
        "EOF",
        "FROM shop@sha256:0",
        'COPY --from=files --chmod=0400 --chown=101:101 ["/files/0", "/etc/nginx/nginx.conf"]',
        'COPY --from=files --chmod=0444 --chown=0:0 ["/files/1", "/a b"]',
    ]


def test_the_files_are_written_by_the_image_that_is_mirrored_for_tasks_already() -> None:
    assert f"FROM {BUSYBOX}" in (PROJECT / "services/on_aws/mount_files/Dockerfile").read_text()


def test_a_pinned_image_is_not_built(recorded: Recorded) -> None:
    graph, refs, _ = recorded
    assert {image.name for image in graph.of("index:Image")} == {"backend", "proxy", "proxy-files"}
    assert refs["pinned"] == f"example.com/backend@{DIGEST}"


@pytest.mark.parametrize("reference", ["nginx", "nginx:1.27", "nginx@sha256:abc", f"@{DIGEST}", f"a b@{DIGEST}"])
@pytest.mark.parametrize("kind", [Mirror, Pinned])
def test_an_image_that_is_not_named_by_digest_is_refused(kind: type[Mirror] | type[Pinned], reference: str) -> None:
    with pytest.raises(ImageError, match="names no digest"):
        kind(reference=reference)


def test_what_changes_an_image_changes_its_tag(recorded: Recorded) -> None:
    _, _, build = recorded
    other = Build(context=build.context, arguments={"VERSION": "2"})
    hashes = {source_hash(build, "linux/amd64"), source_hash(build, "linux/arm64"), source_hash(other, "linux/amd64")}
    assert len(hashes) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"target": "web"},
        {"arguments": {"A": "1"}},
        {"labels": {"a": "1"}},
        {"contexts": {"base": "docker-image://alpine:3"}},
        {"dockerfile_inline": "FROM scratch"},
        {"extra_hosts": ["a:1.2.3.4"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_changes_an_image_changes_its_hash(recorded: Recorded, change: dict[str, Any]) -> None:
    plain = Build(context=recorded[2].context)
    assert build_hash(plain, {}) != build_hash(dataclasses.replace(plain, **change), {})


def test_a_build_is_in_the_words_of_docker_build(recorded: Recorded) -> None:
    context = recorded[2].context
    build = Build(
        context=context,
        dockerfile_inline="FROM base",
        contexts={"base": context, "tools": "docker-image://alpine:3"},
        network="none",
        cache_from=["type=registry,ref=x"],
        no_cache=True,
        ssh={"default": ()},
    )
    inputs = image_inputs(build)
    assert inputs.keys() == {"context", "dockerfile", "network", "cache_from", "no_cache", "ssh"}
    assert {name: where.location for name, where in inputs["context"].named.items()} == {
        "base": str(context),
        "tools": "docker-image://alpine:3",
    }
    assert inputs["dockerfile"].inline == "FROM base"
    assert inputs["cache_from"][0].raw == "type=registry,ref=x"


def test_the_lifecycle_keeps_the_rollback_window_and_drops_untagged_images() -> None:
    untagged, window = json.loads(lifecycle_policy(30))["rules"]
    assert untagged["selection"]["tagStatus"] == "untagged"
    assert untagged["selection"]["countNumber"] == 14
    assert window["selection"]["countType"] == "imageCountMoreThan"
    assert window["selection"]["countNumber"] == 30
    assert window["selection"]["tagPatternList"] == ["content-*"]


def test_a_secret_is_under_the_secrets_key_and_can_be_recovered(graph: Graph) -> None:
    secret = graph.one("secretsmanager/secret:Secret", "password")
    assert secret.inputs["kmsKeyId"].endswith(":keys-secrets")
    assert secret.inputs["recoveryWindowInDays"] == 30
    assert "name" not in secret.inputs
    assert graph.one("SecretVersion", "password").is_secret("secretString")


def test_a_bucket_is_under_the_storage_key_unless_a_service_cannot(graph: Graph) -> None:
    (rule,) = graph.one("BucketServerSideEncryptionConfiguration", "files").inputs["rules"]
    default = rule["applyServerSideEncryptionByDefault"]
    assert default["sseAlgorithm"] == "aws:kms"
    assert default["kmsMasterKeyId"].endswith(":keys-storage")


def test_a_file_system_is_encrypted_protected_and_reached_from_each_zone(graph: Graph) -> None:
    file_system = graph.one("efs/fileSystem:FileSystem", "volumes")
    assert file_system.inputs["encrypted"] is True
    assert file_system.protect
    targets = {target.name: target.inputs["subnetId"] for target in graph.of("MountTarget")}
    assert targets == {f"volumes-{zone}": f"network-private-{zone}-id" for zone in "abc"}


def test_a_file_system_refuses_clear_text_and_root(graph: Graph) -> None:
    allow, deny = graph.one("FileSystemPolicy", "volumes").policy()
    assert "elasticfilesystem:ClientRootAccess" not in allow["Action"]
    assert deny["Effect"] == "Deny"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_volume_is_a_protected_directory_of_its_own_user(graph: Graph) -> None:
    point = graph.one("AccessPoint", "volumes-uploads")
    assert point.inputs["posixUser"] == {"uid": 1000, "gid": 1000}
    assert point.inputs["rootDirectory"]["path"] == "/uploads"
    assert point.protect
