"""The copy of the stack files."""

from pathlib import Path

import pytest
import yaml

from sandbox.errors import BadInputError
from sandbox.files import SandboxFiles
from sandbox.workspace import copy_stack, format_path, mark_written, throwaway_values, write_work_files
from services.check import CheckOptions, check
from services.compose_file import ComposeOptions
from tests.sandbox.tiny import STACK_FILE, make_project
from tests.unit.services.test_check import MANAGED


@pytest.fixture
def files(tmp_path: Path) -> SandboxFiles:
    files = SandboxFiles(make_project(tmp_path))
    files.prepare()
    return files


def written(files: SandboxFiles) -> dict[str, object]:
    return yaml.safe_load((files.work / "Pulumi.prod.yaml").read_text())


def test_the_copy_drops_encryption_and_every_secure_value_and_keeps_the_rest(files: SandboxFiles) -> None:
    write_work_files(files, copy_stack(files, "prod"))
    assert written(files) == {
        "config": {
            "aws:region": "eu-central-1",
            "services:variables": {"PLAIN": "visible"},
            "components:protection": True,
            "components:edge": {"domain": "app.example.com", "hosted_zone": "example.com"},
        }
    }
    assert (files.project / "Pulumi.prod.yaml").read_text() == STACK_FILE


def test_secure_values_are_found_at_any_depth(files: SandboxFiles) -> None:
    (files.project / "Pulumi.prod.yaml").write_text(
        "config: {'aws:region': eu-central-1, 'a:b': {secure: v1:x}, 'a:c': {d: [{e: {secure: v1:y}}, {secure: v1:z}]}}"
    )
    assert copy_stack(files, "prod").secret_paths == ("a:b", "a:c.d[0].e", "a:c.d[1]")


def test_a_required_variable_gets_a_value_unless_the_stack_sets_one(files: SandboxFiles) -> None:
    copy = copy_stack(files, "prod", required_variables=["PLAIN", "TOKEN", "DATABASE_PASSWORD"])
    assert copy.secret_paths == ("services:variables.DATABASE_PASSWORD", "services:variables.TOKEN")


def test_throwaway_values_stay_the_same_and_are_the_owners_only(files: SandboxFiles) -> None:
    copy = copy_stack(files, "prod", required_variables=["TOKEN"])
    first = throwaway_values(files, copy)
    assert throwaway_values(SandboxFiles(files.project), copy) == first
    assert len(set(first.values())) == 2
    assert files.secrets.stat().st_mode & 0o077 == 0
    assert files.passphrase.stat().st_mode & 0o077 == 0


def test_every_managed_service_takes_a_throwaway_value(files: SandboxFiles) -> None:
    names = [f"NAME_{number}" for number in range(20)]
    values = throwaway_values(files, copy_stack(files, "prod", required_variables=names)).values()
    assert len(set(values)) > len(names)
    for text in MANAGED.values():
        (files.project / "compose.yaml").write_text(text)
        for value in values:
            options = ComposeOptions(
                files=[str(files.project / "compose.yaml")], variables={"KEY": value}, secret_variables=["KEY"]
            )
            assert not check(options, ["aws"], CheckOptions()).is_refused


def test_a_damaged_secrets_file_is_set_aside_and_not_lost(files: SandboxFiles) -> None:
    files.secrets.write_text('{"prod": {"a"')
    throwaway_values(files, copy_stack(files, "prod"))
    assert [path.read_text() for path in files.root.glob("secrets.json.aside-*")] == ['{"prod": {"a"']


def test_an_unchanged_copy_is_not_written_again_and_a_changed_one_keeps_the_salt(files: SandboxFiles) -> None:
    copy = copy_stack(files, "prod")
    assert write_work_files(files, copy)
    stack_file = files.work / "Pulumi.prod.yaml"
    stack_file.write_text(stack_file.read_text() + "encryptionsalt: v1:salt\n")
    assert write_work_files(files, copy), "not yet marked as complete: a killed command left it"
    mark_written(files, copy)
    assert not write_work_files(files, copy)
    assert write_work_files(files, copy_stack(files, "prod", protection=False))
    assert written(files)["encryptionsalt"] == "v1:salt"


def test_protection_is_overridden_only_in_the_copy(files: SandboxFiles) -> None:
    assert copy_stack(files, "prod", protection=False).config["components:protection"] is False
    assert copy_stack(files, "prod").config["components:protection"] is True


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("a:b",), "a:b"),
        (("a:b", "C_D"), "a:b.C_D"),
        (("a:b", 3, "c"), "a:b[3].c"),
        (("a:b", "odd.name"), 'a:b["odd.name"]'),
    ],
)
def test_paths_are_written_in_pulumis_form(path: tuple[str | int, ...], text: str) -> None:
    assert format_path(path) == text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("config: [", "Pulumi.prod.yaml, line 1: this is not YAML: "),
        ("config: 3", "`config` is a single value, but must be a mapping: "),
        ("config: {}", "has no region in plain text. Write `aws:region: REGION`"),
        ("config: {'aws:region': x, on: 1}", "the key True is not text. Write it in quotes"),
        ("config: {'aws:region': x, 'a:b': [{3: 1}]}", "the key 3 is not text. Write it in quotes"),
        ("- 1", "Pulumi.prod.yaml is a list, but must be a mapping: "),
        (
            "config: {'aws:region': x, 'services:variables': [1]}",
            "`services:variables` is a list, but must be a mapping: ",
        ),
    ],
)
def test_a_stack_file_that_cannot_be_read_is_explained(files: SandboxFiles, content: str, words: str) -> None:
    (files.project / "Pulumi.prod.yaml").write_text(content)
    with pytest.raises(BadInputError) as caught:
        copy_stack(files, "prod")
    assert words in str(caught.value)


def test_an_unknown_stack_is_refused_with_the_ones_there_are(files: SandboxFiles) -> None:
    (files.project / "Pulumi.dev.yaml").write_text("config: {}")
    with pytest.raises(BadInputError, match=r"no stack `prd`. The stacks of this project: dev, prod"):
        copy_stack(files, "prd")
