"""Passwords and certificates through the real engine: they stay, are renewed, and are nowhere in plain."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from sandbox.cloud import Cloud
from sandbox.engine import Engine
from sandbox.files import SandboxFiles
from sandbox.interrupted import mend_interrupted_update
from sandbox.journal import Journal
from sandbox.polling import wait_until
from tests.sandbox.keys import EARLY_HOURS, VALIDITY_HOURS, Clock, KeysProgram, keys_plugins
from tests.sandbox.tiny import begun, make_project

RESOURCES = 8
"""The stack, six resources of random and tls, and the bucket."""
SECRETS = ("password", "hash", "caKey", "key")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    yield make_project(tmp_path / "project")
    files = SandboxFiles(tmp_path / "project")
    cloud = Cloud.attach(files, "eu-central-1") if files.root.exists() else None
    if cloud is not None:
        cloud.stop()


def written(project: Path) -> dict[str, str]:
    """Every file of the sandbox but the cloud's own log: path -> content, escaped lines as lines."""
    files = [path for path in (project / ".sandbox").rglob("*") if path.is_file() and path.name != "moto.log"]
    return {str(path): path.read_text(errors="replace").replace("\\\\n", "\n").replace("\\n", "\n") for path in files}


def in_plain(project: Path, seen: dict[str, str], *names: str) -> set[tuple[str, str]]:
    """Which of the values stand in which file."""
    return {
        (name, Path(path).name) for path, content in written(project).items() for name in names if seen[name] in content
    }


def test_a_stack_of_keys_stays_is_renewed_when_due_and_goes_away(project: Path) -> None:
    files = SandboxFiles(project)
    files.prepare()
    clock, program = Clock(), KeysProgram()
    engine = Engine(files=files, stack="prod", program=program, plugins=keys_plugins(clock))
    cloud = Cloud.start(files, "eu-central-1")

    assert engine.preview(cloud).changes == {"create": RESOURCES}
    up = engine.up(cloud)
    first = dict(program.seen)
    assert up.changes == {"create": RESOURCES}
    assert up.outputs == {
        "password": "[secret]",
        "login": {"user": "elastic", "password": "[secret]"},
        "certificate": first["certificate"],
    }
    certificate = x509.load_pem_x509_certificate(first["certificate"].encode())
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(first["ca"].encode()))

    assert engine.preview(cloud).changes == {"same": RESOURCES}
    assert engine.refresh(cloud).changes == {"same": RESOURCES}
    assert engine.up(cloud).changes == {"same": RESOURCES}
    assert program.seen == first

    clock.ahead = timedelta(hours=VALIDITY_HOURS - EARLY_HOURS)
    assert engine.preview(cloud).changes == {"same": RESOURCES - 1, "replace": 1}
    assert engine.refresh(cloud).changes == {"same": RESOURCES - 1, "update": 1}
    assert engine.up(cloud).changes == {"same": RESOURCES - 1, "replace": 1}
    assert {name for name in first if program.seen[name] != first[name]} == {"certificate"}
    assert engine.preview(cloud).changes == {"same": RESOURCES}

    program.length = 32
    assert engine.up(cloud).changes == {"same": RESOURCES - 1, "replace": 1}
    assert len(program.seen["password"]) == 32
    assert in_plain(project, program.seen | {"old": first["password"]}, *SECRETS, "old") == set()

    engine.destroy(cloud)
    engine.remove(cloud)
    assert engine.state() is None
    assert cloud.leftovers().left == ()


def test_no_secret_is_in_plain_in_state_journal_or_output_also_not_of_what_is_told_it(project: Path) -> None:
    files = SandboxFiles(project)
    files.prepare()
    program = KeysProgram()
    engine = Engine(files=files, stack="prod", program=program, plugins=keys_plugins(Clock()))
    cloud = Cloud.start(files, "eu-central-1")
    lines: list[str] = []
    engine.up(cloud, lambda event: lines.append(repr(vars(event))))
    assert in_plain(project, program.seen, *SECRETS) == set()
    assert in_plain(project, program.seen, "certificate") >= {("certificate", "prod.json")}, "the search finds things"
    for name in SECRETS:
        assert program.seen[name] not in "".join(lines).replace("\\n", "\n")

    journal = written(project)[str(files.root / "journal-prod-ended.jsonl")]
    assert '"result": "[secret]"' in journal
    assert '"login": "[secret]"' in journal
    state = {item["urn"].split("::")[2]: item for item in engine.resources()}
    password = state["random:index/randomPassword:RandomPassword"]
    assert all("ciphertext" in password["outputs"][name] for name in ("result", "bcryptHash"))
    signed = state["tls:index/locallySignedCert:LocallySignedCert"]
    assert "ciphertext" in signed["inputs"]["caPrivateKeyPem"]
    assert "ciphertext" in signed["outputs"]["caPrivateKeyPem"]


def test_operations_on_keys_that_never_ended_are_cleared_and_what_is_there_stays(project: Path) -> None:
    files = SandboxFiles(project)
    files.prepare()
    program, said = KeysProgram(), list[str]()
    engine = Engine(files=files, stack="prod", program=program, plugins=keys_plugins(Clock()))
    cloud = Cloud.start(files, "eu-central-1")
    engine.up(cloud)
    first = dict(program.seen)
    written = json.loads(engine.state_file.read_text())
    latest = written["checkpoint"]["latest"]
    keys = [item for item in latest["resources"] if item["type"].startswith(("random:", "tls:"))]
    lost = {**keys[0], "urn": f"{keys[0]['urn']}-2"}
    deleting = [{"type": "deleting", "resource": item} for item in keys]
    latest["pending_operations"] = [{"type": "creating", "resource": lost}, *deleting]
    engine.state_file.write_text(json.dumps(written))

    mend_interrupted_update(engine, cloud, said.append)
    told = said[0].removeprefix("Operations that never ended were cleared from the state: ").rstrip(".").split(", ")
    names = [str(item["urn"]).split("::", 3)[3] for item in keys]
    assert told == [f"creating {names[0]}-2", *(f"deleting {name}" for name in names)]
    assert engine.up(cloud).changes == {"same": RESOURCES}
    assert program.seen == first


def command(project: Path, name: str, **variables: str) -> "subprocess.Popen[str]":
    return begun("keys", project, name, **variables)


def ended_well(process: "subprocess.Popen[str]") -> str:
    out, err = process.communicate(timeout=180)
    assert (process.returncode, err) == (0, ""), out + err
    return out


@pytest.mark.parametrize("cut", ["RandomPassword elastic", "LocallySignedCert kibana"])
def test_a_creation_that_was_cut_is_made_anew_by_the_next_up(project: Path, cut: str) -> None:
    process = command(project, "up", KEYS_STUCK=cut)
    assert wait_until((project / "stuck").exists, seconds=180), process.poll()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=180)
    open_ends = Journal(SandboxFiles(project).journal("prod")).cut()
    assert cut in {f"{item.urn.type.rsplit(':', 1)[1]} {item.urn.name}" for item in open_ends}

    told = ended_well(command(project, "up"))
    assert re.search(rf"^\+ \S+:{cut}$", told, re.MULTILINE)
    assert "No change" in ended_well(command(project, "preview"))
    assert "Nothing is left but what AWS itself makes." in ended_well(command(project, "down"))
