"""The life of a prod stack from `up` to `down`: what is said, what stays, and that no secret shows on the way."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.cloud import Cloud
from sandbox.polling import wait_until
from tests.engine.project import REPOSITORY, Outcome, Project

PASSWORD = "services:variables.DATABASE_PASSWORD"


@dataclass(frozen=True, kw_only=True)
class Life:
    """What happened."""

    project: Project
    up: Outcome
    meanwhile: Outcome
    """Another `up`, begun while the first was at work."""
    preview: Outcome
    refresh: Outcome
    traces: tuple[str, ...]
    """Where the database's password was seen while the stack was up."""
    secrets_seen: int
    """In how many places that may hold it the password was: the search finds something."""
    cloud: Cloud
    down: Outcome
    down_again: Outcome


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    project = Project.copy(tmp_path_factory.mktemp("life") / "project")
    running = project.start("up")
    try:
        assert wait_until(lambda: running.made() >= 5, seconds=120)
        meanwhile = project.run("up")
        up = running.end()
        preview, refresh = project.run("preview"), project.run("refresh")
        cloud = project.cloud
        password = json.loads(project.files.secrets.read_text(encoding="utf-8"))["prod"][PASSWORD]
        yield Life(
            project=project,
            up=up,
            meanwhile=meanwhile,
            preview=preview,
            refresh=refresh,
            traces=(*in_files(project.folder, password), *in_the_cloud(cloud, password)),
            secrets_seen=in_secrets_manager(cloud, password),
            cloud=cloud,
            down=project.run("down"),
            down_again=project.run("down"),
        )
    finally:
        running.process.kill()
        project.discard()


def forms(secret: str) -> tuple[bytes, ...]:
    """The secret as text, and in base64 at each of the three offsets that it can have."""
    encoded = [base64.b64encode(b" " * offset + secret.encode())[4:-4] for offset in range(3)]
    return (secret.encode(), *encoded)


def in_files(folder: Path, secret: str) -> list[str]:
    """Files of the project that hold the secret, but for the one whose purpose that is."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "secrets.json")
    return [str(path.relative_to(folder)) for path in files if any(form in path.read_bytes() for form in forms(secret))]


def in_the_cloud(cloud: Cloud, secret: str) -> list[str]:
    """Task definitions and parameters that hold the secret."""
    ecs, ssm = cloud.client("ecs"), cloud.client("ssm")
    found = {
        arn: json.dumps(ecs.describe_task_definition(taskDefinition=arn), default=str)
        for arn in ecs.list_task_definitions()["taskDefinitionArns"]
    }
    assert len(found) == 3
    for parameter in ssm.describe_parameters()["Parameters"]:
        found[parameter["Name"]] = json.dumps(ssm.get_parameter(Name=parameter["Name"]), default=str)
    return [name for name, text in found.items() if any(form.decode() in text for form in forms(secret))]


def in_secrets_manager(cloud: Cloud, secret: str) -> int:
    """How many secrets of the cloud have this value."""
    client = cloud.client("secretsmanager")
    listed = client.list_secrets()["SecretList"]
    return sum(client.get_secret_value(SecretId=item["ARN"])["SecretString"] == secret for item in listed)


@pytest.mark.slow
def test_up_makes_everything_and_says_what_there_is_and_what_to_do_next(life: Life) -> None:
    assert (life.up.code, life.up.err) == (0, "")
    assert len(life.up.done) >= 200
    assert all(change.startswith("create ") for change in life.up.done)
    for words in ("Outputs", "https://app.example.com/", "/moto-api/", "source .sandbox/env", "make down"):
        assert words in life.up.out


def test_a_second_up_meanwhile_is_refused_with_the_owner_and_harms_nothing(life: Life) -> None:
    assert life.meanwhile.code == 1
    assert "The sandbox is in use: `up --stack prod` (process" in life.meanwhile.err
    assert life.meanwhile.done == frozenset()
    assert "mended" not in life.preview.out


def test_nothing_is_left_to_do_and_nothing_has_drifted(life: Life) -> None:
    assert (life.preview.code, life.preview.planned) == (0, frozenset())
    assert (life.refresh.code, life.refresh.drift) == (0, {})


def test_the_database_password_is_in_secrets_manager_and_nowhere_else_in_plain(life: Life) -> None:
    assert life.secrets_seen == 1
    assert life.traces == ()


def test_down_takes_the_two_documented_steps_and_leaves_nothing(life: Life) -> None:
    assert (life.down.code, life.down.err) == (0, "")
    first, second = life.down.out.index("Step 1 of 2: lift protection"), life.down.out.index("Step 2 of 2: destroy")
    assert first < second < life.down.out.index("Nothing is left but what AWS itself makes.")
    assert not life.cloud.healthy()
    assert not life.project.files.env.exists()
    assert (life.down_again.code, life.down_again.out) == (0, "Nothing is up.\n")


def test_the_stack_files_of_the_repository_are_byte_identical_afterwards(life: Life) -> None:
    names = sorted(path.name for path in REPOSITORY.glob("Pulumi*.yaml"))
    assert sorted(path.name for path in life.project.folder.glob("Pulumi*.yaml")) == names
    for name in names:
        assert (life.project.folder / name).read_bytes() == (REPOSITORY / name).read_bytes()
