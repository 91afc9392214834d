"""Secret files and jobs' markers with the real engine; the engine's own Stash stands in for containers."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi.automation as auto
import pulumi_docker as docker
import pytest

from services.model import Application, Config, ConfigMount, Secret, SecretMount, Service
from services.on_docker import jobs
from services.on_docker.mounted_files import FileStore, MountedFileError, digest

PULUMI = Path(__file__).parents[4] / ".tools" / "pulumi"


@dataclass
class Ended:
    """A container that ended."""

    exit_code: pulumi.Output[int]
    container_logs: pulumi.Output[str]
    id: pulumi.Output[str]


def ended(exit_code: int, logs: str = "") -> docker.Container:
    outputs = (pulumi.Output.from_input(exit_code), pulumi.Output.from_input(logs), pulumi.Output.from_input("c1"))
    return cast(docker.Container, Ended(*outputs))


@dataclass
class Engine:
    """A stack in the real engine whose program can be exchanged."""

    stack: auto.Stack
    state: Path

    def up(self, program: Callable[[], object]) -> dict[str, int]:
        self.stack.workspace.program = cast("Callable[[], Any]", lambda: (program(), None)[1])
        changes = cast("dict[str, int]", self.stack.up(color="never").summary.resource_changes)
        return {operation: count for operation, count in changes.items() if operation != "same"}

    def destroy(self, **options: Any) -> None:
        self.stack.destroy(color="never", **options)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    if not PULUMI.exists():
        pytest.skip("needs the Pulumi CLI in .tools (make sets it up)")
    monkeypatch.setenv("PATH", f"{PULUMI.parent}{os.pathsep}{os.environ['PATH']}")
    state = tmp_path / "state"
    state.mkdir()
    variables = {
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_HOME": str(tmp_path / "home"),
    }
    options = auto.LocalWorkspaceOptions(env_vars=variables, work_dir=str(tmp_path))
    return Engine(auto.create_stack("dev", project_name="infra", program=lambda: None, opts=options), state)


def store(root: Path, value: str = "") -> FileStore:
    application = Application(
        name="shop",
        services={"database": Service(image="database:1")},
        secrets={"password": Secret(environment="PASSWORD")},
        configs={"motd": Config(environment="PASSWORD"), "banner": Config(content="welcome")},
    )
    return FileStore(root, application, {"PASSWORD": pulumi.Output.secret(value)})


def container_with_a_secret(root: Path, value: str, mount: SecretMount, *configs: ConfigMount) -> None:
    service = Service(image="database:1", secrets=(mount,), configs=configs)
    files = store(root, value).mounted("database-1", service)
    trigger = pulumi.ResourceOptions(replacement_trigger=files.trigger)
    pulumi.Stash("database-1", input="container", opts=pulumi.ResourceOptions.merge(files.opts, trigger))


def test_a_secret_s_file_lives_as_long_as_its_container_and_a_new_value_replaces_it(
    engine: Engine, tmp_path: Path
) -> None:
    root = tmp_path / "secrets" / "dev"
    file = root / "database-1" / "secrets" / "password"
    mount = SecretMount(source="password")

    assert engine.up(lambda: container_with_a_secret(root, "hunter2", mount)) == {"create": 2}
    assert file.read_text() == "hunter2"
    assert file.stat().st_mode & 0o777 == 0o444
    assert root.stat().st_mode & 0o777 == 0o700

    assert engine.up(lambda: container_with_a_secret(root, "hunter2", mount)) == {}
    assert engine.up(lambda: container_with_a_secret(root, "*******", mount)) == {"replace": 1}
    assert file.read_text() == "*******"

    kept = "".join(path.read_text() for path in engine.state.rglob("*") if path.is_file())
    assert "hunter2" not in kept
    assert digest(["hunter2"], salt="database-1") not in kept

    with pytest.raises(auto.CommandError, match="--run-program"):
        engine.destroy()
    engine.destroy(run_program=True)
    assert not root.exists()


def test_a_container_that_leaves_the_program_takes_its_files_along(engine: Engine, tmp_path: Path) -> None:
    root = tmp_path / "dev"
    mount = SecretMount(source="password", target="/etc/app/password", mode=0o440)
    engine.up(lambda: container_with_a_secret(root, "hunter2", mount))
    assert (root / "database-1" / "secrets" / "%2Fetc%2Fapp%2Fpassword").stat().st_mode & 0o777 == 0o440

    assert engine.up(lambda: store(root)) == {"delete": 1}
    assert not root.exists()


def test_configs_are_files_beside_the_secrets(engine: Engine, tmp_path: Path) -> None:
    root = tmp_path / "dev"
    configs = (ConfigMount(source="motd", target="/etc/motd"), ConfigMount(source="banner", uid=1000, mode=0o400))
    engine.up(lambda: container_with_a_secret(root, "hunter2", SecretMount(source="password"), *configs))
    files = root / "database-1" / "configs"
    assert (files / "%2Fetc%2Fmotd").read_text() == "hunter2"
    assert (files / "banner").read_text() == "welcome"
    assert ((files / "banner").stat().st_uid, (files / "banner").stat().st_mode & 0o777) == (1000, 0o400)
    kept = "".join(path.read_text() for path in engine.state.rglob("*") if path.is_file())
    assert "hunter2" not in kept
    assert "welcome" not in kept


def test_a_file_that_cannot_be_written_stops_its_container_and_says_why(engine: Engine, tmp_path: Path) -> None:
    in_the_way = tmp_path / "dev"
    in_the_way.write_text("")
    with pytest.raises(auto.CommandError, match=r"secret 'password' of container 'database-1': .* cannot be written"):
        engine.up(lambda: container_with_a_secret(in_the_way, "hunter2", SecretMount(source="password")))


NOBODY = 65534


@pytest.fixture
def as_nobody(tmp_path: Path) -> Iterator[Path]:
    """A folder of a user without rights, who runs the test."""
    if os.geteuid() != 0:
        yield tmp_path
        return
    # pytest's own folders are for root alone.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


def write(root: Path, mount: SecretMount, value: str) -> None:
    store(root)._write("database-1", mount, value)  # pyright: ignore[reportPrivateUsage] (what the hook does)


def test_a_user_without_rights_can_write_a_file_anew(as_nobody: Path) -> None:
    mount = SecretMount(source="password", mode=0o444)
    for value in ("first", "second"):
        write(as_nobody / "dev", mount, value)
    file = as_nobody / "dev" / "database-1" / "secrets" / "password"
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("second", 0o444)


def test_a_user_without_rights_is_told_what_an_owner_takes(as_nobody: Path) -> None:
    with pytest.raises(
        MountedFileError, match=r"only root gives files to 0:0: take uid and gid out, or deploy as root"
    ):
        write(as_nobody / "dev", SecretMount(source="password", uid=0, gid=0), "value")


def job_and_dependant(exit_code: int) -> None:
    marker = jobs.completed("migrate", [ended(exit_code, "connecting\nno such table")], pulumi.ResourceOptions())
    pulumi.Stash("backend-1", input="container", opts=pulumi.ResourceOptions(depends_on=[marker]))


def test_a_failed_job_holds_its_dependants_back_at_every_up_until_it_ran_well(engine: Engine) -> None:
    for _ in range(2):
        with pytest.raises(auto.CommandError, match="job 'migrate' ended with exit code 3") as failed:
            engine.up(lambda: job_and_dependant(3))
        assert "| no such table" in str(failed.value)
        assert "backend-1" not in str(failed.value)
    assert engine.up(lambda: job_and_dependant(0)) == {"create": 2}
    assert engine.up(lambda: job_and_dependant(0)) == {}


def test_a_job_without_an_exit_code_has_not_ended() -> None:
    assert jobs.failure("migrate", None, None).startswith(
        "job 'migrate' did not end; whatever depends on it is not touched. Its last lines:\n  | (no output)\n"
    )


def test_a_failure_shows_the_last_lines_alone() -> None:
    text = jobs.failure("migrate", 1, "\n".join(f"line {number}." for number in range(50)))
    assert "line 29." not in text
    assert "line 30." in text
    assert "line 49." in text


def test_a_digest_depends_on_every_value_and_on_the_container() -> None:
    digests = {
        digest(["a", "b"], salt="x"),
        digest(["ab"], salt="x"),
        digest(["b", "a"], salt="x"),
        digest(["a", "b"], salt="y"),
    }
    assert len(digests) == 4
