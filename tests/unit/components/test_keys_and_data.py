"""Keys, images, secrets and file systems as the engine sees them."""

import json
from typing import Any, TypeAlias

import pytest

from components.context import Context
from components.image_references import ImageError
from components.images import (
    Build,
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
from tests.unit.components.recording import ACCOUNT_ID, REGION, Graph, record

Recorded: TypeAlias = tuple[Graph, dict[str, str], Build]
DIGEST = f"sha256:{'b' * 64}"


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

            args = ImageRepositoryArgs(context=context, settings=chosen.images, source=source)
            ImageRepository(name, args).image_ref.apply(keep)

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
    [("data", ["rds"]), ("secrets", ["secretsmanager"]), ("images", ["ecr"]), ("storage", ["s3", "elasticfilesystem"])],
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


def test_a_pinned_image_is_not_built(recorded: Recorded) -> None:
    graph, refs, _ = recorded
    assert {image.name for image in graph.of("index:Image")} == {"backend", "proxy"}
    assert refs["pinned"] == f"example.com/backend@{DIGEST}"


@pytest.mark.parametrize("reference", ["nginx", "nginx:1.27", "nginx@sha256:abc", f"@{DIGEST}", f"a b@{DIGEST}"])
@pytest.mark.parametrize("kind", [Mirror, Pinned])
def test_an_image_that_is_not_named_by_digest_is_refused(kind: type[Mirror] | type[Pinned], reference: str) -> None:
    with pytest.raises(ImageError, match="by digest"):
        kind(reference=reference)


def test_what_changes_an_image_changes_its_tag(recorded: Recorded) -> None:
    _, _, build = recorded
    other = Build(context=build.context, arguments={"VERSION": "2"})
    hashes = {source_hash(build, "linux/amd64"), source_hash(build, "linux/arm64"), source_hash(other, "linux/amd64")}
    assert len(hashes) == 3


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
