"""The commands' answers to bad input, and what they print."""

import subprocess
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from sandbox import cli
from sandbox.commands import Sandbox
from sandbox.engine import Engine
from sandbox.environment import engine_environment, refuse_real_cloud, write_env_file
from sandbox.errors import BadInputError, BusyError, SandboxError
from sandbox.files import SandboxFiles
from sandbox.lock import sandbox_lock
from tests.sandbox.tiny import TinyProgram, make_project, tiny_plugins

run = CliRunner()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = make_project(tmp_path)

    def make_sandbox(stack: str, console: Console) -> Sandbox:
        engine = Engine(files=SandboxFiles(project), stack=stack, program=TinyProgram(), plugins=tiny_plugins)
        return Sandbox(engine=engine, console=console, environ={})

    monkeypatch.setattr(cli, "make_sandbox", make_sandbox)
    return project


@pytest.mark.parametrize(
    "variables",
    [
        {"AWS_PROFILE": "work"},
        {"AWS_ACCESS_KEY_ID": "AKIAREAL"},
        {"AWS_ENDPOINT_URL": "https://example.com"},
        {"AWS_ENDPOINT_URL_S3": "http://10.0.0.1:9000"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1@example.com"},
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"},
    ],
)
def test_an_environment_that_reaches_an_account_is_refused_with_the_way_on(variables: dict[str, str]) -> None:
    with pytest.raises(BadInputError) as refused:
        refuse_real_cloud(variables)
    assert f"env -u {next(iter(variables))} make up" in str(refused.value)


def test_the_sandboxs_own_environment_is_accepted(tmp_path: Path) -> None:
    variables = engine_environment(
        SandboxFiles(tmp_path), endpoint_url="http://127.0.0.1:5000", region="eu-central-1", stack="prod"
    )
    refuse_real_cloud(variables)


def test_the_environment_file_can_be_sourced_and_holds_no_secret(tmp_path: Path) -> None:
    files = SandboxFiles(tmp_path / "a folder")
    files.project.mkdir()
    files.prepare()
    write_env_file(
        files, engine_environment(files, endpoint_url="http://127.0.0.1:5000", region="eu-central-1", stack="prod")
    )
    told = subprocess.run(
        ["sh", "-c", '. "$0"; echo "$AWS_ENDPOINT_URL $AWS_REGION $PULUMI_STACK $AWS_PROFILE|$PATH"', str(files.env)],
        env={"AWS_PROFILE": "work", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    start = f"http://127.0.0.1:5000 eu-central-1 prod |{files.project}/.tools:"
    assert told.stdout.startswith(start)
    assert files.passphrase.read_text().strip() not in files.env.read_text()


def test_an_unknown_stack_is_one_message_exit_code_two_and_nothing_written(project: Path) -> None:
    result = run.invoke(cli.app, ["up", "--stack", "prd"])
    assert result.exit_code == 2
    assert "There is no stack `prd`. The stacks of this project: prod" in result.stderr
    assert not (project / ".sandbox").exists()


def test_volumes_are_removed_on_docker_only(project: Path) -> None:
    result = run.invoke(cli.app, ["down", "--volumes"])
    assert (result.exit_code, "is in the cloud" in result.stderr) == (2, True)


def test_status_and_down_and_env_of_a_sandbox_that_is_not_up(project: Path) -> None:
    status = run.invoke(cli.app, ["status"])
    assert status.exit_code == 0
    assert "not up" in status.stdout
    assert not (project / ".sandbox").exists()
    down = run.invoke(cli.app, ["down"])
    assert (down.exit_code, down.stdout) == (0, "Nothing is up.\n")
    env = run.invoke(cli.app, ["env"])
    assert env.exit_code == 2


def test_a_place_that_cannot_be_written_is_explained(project: Path) -> None:
    (project / ".sandbox").write_text("a file where the folder should be")
    result = run.invoke(cli.app, ["up"])
    assert result.exit_code == 1
    assert "cannot write to" in result.stderr


def test_the_lock_names_its_owner_and_is_let_go(tmp_path: Path) -> None:
    files = SandboxFiles(tmp_path)
    files.prepare()
    busy = pytest.raises(BusyError, match=r"`up --stack prod` \(process \d+, since")
    with sandbox_lock(files, "up --stack prod"), busy, sandbox_lock(files, "down"):
        pass
    with sandbox_lock(files, "down"):
        pass


def test_up_shows_components_outputs_and_what_to_do_next_and_down_cleans_up(project: Path) -> None:
    up = run.invoke(cli.app, ["up"])
    assert up.exit_code == 0, up.output
    for words in ("+ tiny:index:Bucket one", "group", "[secret]", "/moto-api/", "source .sandbox/env", "make down"):
        assert words in up.stdout
    status = run.invoke(cli.app, ["status"])
    assert "5 resources" in status.stdout
    assert run.invoke(cli.app, ["env"]).stdout.count("export ") > 10
    down = run.invoke(cli.app, ["down"])
    assert down.exit_code == 0, down.output
    assert "Step 1 of 2: lift protection" in down.stdout
    assert "Step 2 of 2: destroy" in down.stdout
    assert not (project / ".sandbox/env").exists()


def test_an_up_after_an_orderly_down_has_nothing_to_mend(project: Path) -> None:
    for command in ("up", "down", "up"):
        result = run.invoke(cli.app, [command])
        assert result.exit_code == 0, result.output
        assert "mended" not in result.stdout
    assert "No change: the stack is as the program says." in run.invoke(cli.app, ["up"]).stdout
    assert run.invoke(cli.app, ["down"]).exit_code == 0
    assert not list((project / ".sandbox").glob("*aside*"))


def test_reset_ends_the_cloud_and_keeps_the_state(project: Path) -> None:
    assert run.invoke(cli.app, ["up"]).exit_code == 0
    reset = run.invoke(cli.app, ["reset"])
    assert reset.exit_code == 0, reset.output
    assert len(list((project / ".sandbox").glob("state.aside-*"))) == 1
    assert run.invoke(cli.app, ["down"]).stdout == "Nothing is up.\n"


def test_errors_of_the_sandbox_have_exit_codes() -> None:
    assert (SandboxError.exit_code, BadInputError.exit_code, BusyError.exit_code) == (1, 2, 1)
