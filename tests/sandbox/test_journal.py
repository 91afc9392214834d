"""The journal of an update: what it keeps for the next command, and what it must not."""

import json
from pathlib import Path
from typing import Any, cast

from sandbox.docker_commands import docker_plugins
from sandbox.engine import sandbox_plugins
from sandbox.journal import Journal, JournaledPlugin
from sandbox.plugin import Props, Secret, Urn
from sandbox.random_provider import RandomProvider
from tests.sandbox.conftest import REGION
from tests.sandbox.tiny import BUCKET

URN = Urn(text=f"urn:pulumi:test::infra::{BUCKET}::one")


def entries(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text().splitlines()]


def test_a_secret_is_in_no_entry_be_it_an_input_or_repeated_in_an_output(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, hidden=["throwaway"])
    inputs: Props = {
        "name": "one",
        "login": Secret("hunter2"),
        "more": [{"key": Secret("a\nb\nc")}],
        "x": "a throwaway",
    }
    journal.begun(URN, inputs, {"region": REGION, "password": Secret("of the provider")})
    outputs: Props = {"url": "https://me:hunter2@host", "size": 3, "made": Secret("new"), "is": "new"}
    journal.created(URN, "id-1", outputs, {"hunter2"})
    begun, created = entries(path)
    assert begun["inputs"] == {"name": "one", "login": "[secret]", "more": [{"key": "[secret]"}], "x": "a [secret]"}
    assert begun["config"] == {"region": REGION, "password": "[secret]"}
    assert created["outputs"] == {"url": "https://me:[secret]@host", "size": 3, "made": "[secret]", "is": "[secret]"}
    assert journal.creations()[0].id == "id-1"


def test_what_a_secret_is_by_chance_stays_where_it_is_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.begun(URN, {"engine": "postgres", "user": Secret("postgres"), "event": Secret("urn")}, {})
    assert entries(path)[0]["inputs"] == {"engine": "postgres", "user": "[secret]", "event": "[secret]"}
    assert [item.urn for item in journal.cut()] == [URN]


def test_a_password_that_is_made_is_not_in_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    urn = Urn(text="urn:pulumi:test::infra::random:index/randomPassword:RandomPassword::login")
    _, outputs = JournaledPlugin(RandomProvider(), Journal(path)).create(urn, {"length": 24}, False)
    assert outputs["result"] not in path.read_text()
    assert outputs["bcryptHash"] not in path.read_text()
    assert entries(path)[1]["outputs"]["length"] == 24


def test_both_sandboxes_serve_passwords_and_certificates(tmp_path: Path) -> None:
    cloud = {item.package for item in sandbox_plugins("http://127.0.0.1:9", REGION, tmp_path)}
    docker = {item.package for item in docker_plugins(cast("Any", None), tmp_path)}
    assert cloud == {"aws", "docker-build", "random", "tls"}
    assert docker == {"docker", "docker-build", "random", "tls"}
