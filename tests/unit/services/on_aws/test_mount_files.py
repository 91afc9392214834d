"""The program that prepares a task's volumes, run by this machine's shell."""

import os
import subprocess
from pathlib import Path

import pytest

from services.application import built_in
from services.model import SecretMount
from services.on_aws import images
from services.on_aws.preparation import mount_files_plan, variable

PROGRAM = Path(images.__file__).parent / "mount_files" / "mount-files"


def run(plan: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "MOUNT_FILES_PLAN": plan, **variables}
    return subprocess.run(["sh", str(PROGRAM)], env=environment, capture_output=True, text=True, check=False)


def test_secrets_become_files_with_their_value_mode_and_owner(tmp_path: Path) -> None:
    path, value = tmp_path / "a name", "  a'b\"c $HOME\n\\n`x`\nlast"
    result = run(f"file 0440 {os.getuid()} {os.getgid()} SECRET_A {path}", SECRET_A=value)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert path.read_text() == value
    assert path.stat().st_mode & 0o777 == 0o440


def test_temporary_directories_are_opened_to_every_user(tmp_path: Path) -> None:
    assert run(f"directory 1777 {tmp_path}").returncode == 0
    assert tmp_path.stat().st_mode & 0o7777 == 0o1777


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        ("file 0444 0 0 SECRET_A {0}/a", "SECRET_A is not set"),
        ("directory 1777 {0}/missing", "cannot open"),
        ("link a b", "unknown step link"),
        ("", "MOUNT_FILES_PLAN is empty"),
        ("directory 1777 {0}/missing\ndirectory 1777 {0}", "cannot open"),
    ],
)
def test_a_step_that_fails_ends_the_program(tmp_path: Path, plan: str, text: str) -> None:
    result = run(plan.format(tmp_path))
    assert result.returncode == 1
    assert text in result.stderr


def test_the_plan_of_a_service_opens_its_directories_and_writes_its_secrets() -> None:
    services = built_in().services
    assert mount_files_plan(services["frontend"]) == "directory 1777 /tmp"
    assert mount_files_plan(services["backend"]).splitlines() == [
        "directory 1777 /tmp",
        "directory 0755 /run/secrets",
        "file 0444 0 0 SECRET_database_2dapp_2dpassword /run/secrets/database-app-password",
    ]


def test_no_two_secrets_come_in_one_variable() -> None:
    names = ("api-key", "api_key", "API_KEY", "api_2dkey", "api--key")
    variables = {variable(SecretMount(source=name)) for name in names}
    assert len(variables) == len(names)
    assert all(name.replace("_", "").isalnum() for name in variables)
