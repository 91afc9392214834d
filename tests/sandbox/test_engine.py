"""The engine side with the real Pulumi engine, a tiny program and moto."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cloud import Cloud
from sandbox.engine import Engine, EngineError
from sandbox.errors import BadInputError
from sandbox.files import SandboxFiles
from sandbox.polling import wait_until
from tests.sandbox.tiny import STACK_FILE, TinyProgram, begun, make_project, tiny_plugins


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    yield make_project(tmp_path / "project")
    files = SandboxFiles(tmp_path / "project")
    cloud = Cloud.attach(files, "eu-central-1") if files.root.exists() else None
    if cloud is not None:
        cloud.stop()


def test_a_stack_comes_up_stays_changes_and_goes_away_and_its_file_is_untouched(project: Path) -> None:
    files = SandboxFiles(project)
    files.prepare()
    program = TinyProgram()
    engine = Engine(files=files, stack="prod", program=program, plugins=tiny_plugins, required_variables=["TOKEN"])
    cloud = Cloud.start(files, "eu-central-1")
    before = dict(os.environ)

    up = engine.up(cloud)
    assert up.changes == {"create": 5}
    assert up.outputs == {"names": ["one", "two", "three"], "password": "[secret]"}
    assert {bucket["Name"].split("-")[0] for bucket in cloud.client("s3").list_buckets()["Buckets"]} == {*program.names}
    assert engine.preview(cloud).changes == {"same": 5}

    password = json.loads(files.secrets.read_text())["prod"]["services:variables.DATABASE_PASSWORD"]
    assert password not in engine.state_file.read_text()

    program.colour, program.names = "blue", ("one", "two", "four")
    with pytest.raises(EngineError, match=r"Bucket three: .*cannot be deleted"):
        engine.preview(cloud)
    program.names = ("one", "two", "three", "four")
    assert engine.lift_protection(cloud).changes == {"same": 2, "update": 3, "create": 1}
    program.names = ("one", "two", "four")
    assert engine.lift_protection(cloud).changes == {"same": 5, "delete": 1}

    bucket = next(item["id"] for item in engine.resources() if item["urn"].endswith("::one"))
    tags = [{"Key": "colour", "Value": "green"}]
    cloud.client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert engine.refresh(cloud).changes == {"same": 4, "update": 1}
    assert engine.lift_protection(cloud).changes == {"same": 4, "update": 1}

    engine.destroy(cloud)
    engine.remove(cloud)
    assert engine.state() is None
    assert cloud.leftovers().left == ()
    assert (project / "Pulumi.prod.yaml").read_text() == STACK_FILE
    assert sorted(path.name for path in project.iterdir()) == [".sandbox", "Pulumi.prod.yaml", "Pulumi.yaml"]
    assert dict(os.environ) == before


def test_failures_are_told_without_a_traceback_and_the_next_up_finishes(project: Path) -> None:
    files = SandboxFiles(project)
    files.prepare()
    program = TinyProgram(refuse="components:network.cidr: 10.0.0.0/33 is not a CIDR block")
    engine = Engine(files=files, stack="prod", program=program, plugins=tiny_plugins)
    cloud = Cloud.start(files, "eu-central-1")

    with pytest.raises(BadInputError) as refused:
        engine.up(cloud)
    assert str(refused.value) == program.refuse
    assert engine.resources() == []

    program.refuse, program.colour = None, "ultraviolet"
    with pytest.raises(EngineError, match=r"tiny:index:Bucket (one|two|three): .*nobody can see ultraviolet"):
        engine.up(cloud)
    program.colour = "broken"
    with pytest.raises(EngineError, match=r"tiny:index:Bucket two: .*AccessDenied: nobody may create two") as failed:
        engine.up(cloud)
    assert "Traceback" not in str(failed.value)
    program.colour = "red"
    engine.up(cloud)
    assert engine.preview(cloud).changes == {"same": 5}


def tiny(project: Path, command: str, **variables: str) -> "subprocess.Popen[str]":
    return begun("tiny_cli", project, command, **variables)


def done(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def stuck_up(project: Path) -> "subprocess.Popen[str]":
    process = tiny(project, "up", TINY_STUCK="two")
    assert wait_until((project / "stuck").exists, seconds=60)
    return process


def buckets(project: Path) -> list[str]:
    cloud = Cloud.attach(SandboxFiles(project), "eu-central-1")
    assert cloud is not None
    return sorted(bucket["Name"].split("-")[0] for bucket in cloud.client("s3").list_buckets()["Buckets"])


def test_a_killed_up_is_mended_by_the_next_and_leaves_no_orphan(project: Path) -> None:
    process = stuck_up(project)
    code, _, err = done(tiny(project, "up"))
    assert code == 1
    assert f"`up --stack prod` (process {process.pid}" in err

    process.send_signal(signal.SIGKILL)
    done(process)
    code, out, err = done(tiny(project, "up"))
    assert (code, err) == (0, "")
    assert "they were removed: tiny:index:Bucket two" in out
    assert buckets(project) == ["one", "three", "two"]
    assert "No change" in done(tiny(project, "preview"))[1]
    code, out, _ = done(tiny(project, "down"))
    assert code == 0
    assert "Nothing is left but what AWS itself makes." in out


def test_a_half_made_stack_goes_down_cleanly_and_down_can_be_repeated(project: Path) -> None:
    process = stuck_up(project)
    process.send_signal(signal.SIGKILL)
    done(process)
    code, out, err = done(tiny(project, "down"))
    assert code == 0, err
    assert "Nothing is left" in out
    assert done(tiny(project, "down"))[:2] == (0, "Nothing is up.\n")


def test_a_cloud_that_was_killed_is_told_and_the_stack_is_built_anew(project: Path) -> None:
    assert done(tiny(project, "up"))[0] == 0
    files = SandboxFiles(project)
    cloud = Cloud.attach(files, "eu-central-1")
    assert cloud is not None
    os.kill(cloud.pid, signal.SIGKILL)
    assert wait_until(lambda: not cloud.healthy(), seconds=10)
    code, out, err = done(tiny(project, "up"))
    assert (code, err) == (0, "")
    assert "The cloud of the last command is gone" in out
    assert buckets(project) == ["one", "three", "two"]
    assert len(list(files.root.glob("state.aside-*"))) == 1


def test_a_truncated_state_is_set_aside_and_the_last_copy_used(project: Path) -> None:
    assert done(tiny(project, "up"))[0] == 0
    state = project / ".sandbox/state/.pulumi/stacks/tiny/prod.json"
    whole = state.read_text()
    state.write_text(whole[: len(whole) // 2])
    state.with_name("prod.json.attrs").write_text("")
    code, out, err = done(tiny(project, "up"))
    assert (code, err) == (0, "")
    assert "is damaged" in out
    assert "prod.json.attrs in the state's folder was half written" in out
    assert buckets(project) == ["one", "three", "two"]
    assert "No change" in done(tiny(project, "preview"))[1]


def test_an_interrupt_lets_running_operations_finish_and_the_next_up_goes_on(project: Path) -> None:
    process = stuck_up(project)
    process.send_signal(signal.SIGINT)
    (project / "release").write_text("")
    code, _, err = done(process)
    assert code == 130
    assert "Stopped. What was done is in the state" in err
    assert "Traceback" not in err
    code, out, _ = done(tiny(project, "up"))
    assert code == 0
    assert "mended" not in out
    assert buckets(project) == ["one", "three", "two"]
