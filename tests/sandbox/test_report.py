"""What the reader sees at the end of a command."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from sandbox.environment import write_env_file
from sandbox.errors import BadInputError
from sandbox.files import SandboxFiles
from sandbox.report import TOP, Step, component_table, output_lines
from sandbox.workspace import copy_stack, mark_written, write_work_files


def step(component: str, operation: str) -> Step:
    return Step(operation=operation, kind="aws:ec2/vpc:Vpc", name="x", component=component)


def rows(*steps: Step, width: int = 80) -> list[list[str]]:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(component_table(steps))
    return [re.split(r"\s{2,}", line.strip()) for line in console.export_text().splitlines() if line.strip()]


def test_the_table_counts_a_components_resources_by_operation_and_sums_them_up() -> None:
    assert rows(step("network", "create"), step(TOP, "create"), step("network", "same")) == [
        ["component", "resources", "created", "unchanged"],
        ["network", "2", "1", "1"],
        [TOP, "1", "1"],
        ["all", "3", "2", "1"],
    ]


def test_a_table_of_one_operation_says_each_number_once() -> None:
    assert rows(step("network", "create"), step("edge", "create")) == [
        ["component", "created"],
        ["edge", "1"],
        ["network", "1"],
        ["all", "2"],
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_widest_table_fits_a_terminal(width: int) -> None:
    operations = ("create", "update", "delete", "same")
    lines = rows(*(step("services-frontend", operation) for operation in operations), width=width)
    assert [len(line) for line in lines] == [6, 6, 6]


def test_outputs_are_a_line_a_value_and_no_python() -> None:
    outputs = {"endpoints": {"frontend": "https://app.example.com/"}, "cluster": "c-1", "markers": {}}
    assert output_lines(outputs) == [
        "cluster             c-1",
        "endpoints.frontend  https://app.example.com/",
        "markers             {}",
    ]


@pytest.fixture
def files(tmp_path: Path) -> SandboxFiles:
    (tmp_path / "Pulumi.yaml").write_text("name: infra\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  aws:region: eu-central-1\n")
    found = SandboxFiles(tmp_path)
    found.prepare()
    return found


def test_pulumi_in_a_sandboxs_shell_works_on_the_copy_of_the_stack_files(files: SandboxFiles) -> None:
    write_env_file(files, {})
    assert f"export PULUMI_OPTION_CWD={files.work}" in files.env.read_text()


def test_a_copy_that_was_edited_in_a_sandboxs_shell_is_written_anew(files: SandboxFiles) -> None:
    copy = copy_stack(files, "prod")
    write_work_files(files, copy)
    mark_written(files, copy)
    assert not write_work_files(files, copy)
    stack_file = files.work / "Pulumi.prod.yaml"
    stack_file.write_text(stack_file.read_text().replace("eu-central-1", "us-east-1"))
    assert write_work_files(files, copy)
    assert "us-east-1" not in stack_file.read_text()


def test_an_error_of_yaml_names_the_line_and_shows_nothing_of_the_file(files: SandboxFiles) -> None:
    (files.project / "Pulumi.prod.yaml").write_text("config:\n  services:variables:\n    KEY: canary: [\n")
    with pytest.raises(BadInputError) as caught:
        copy_stack(files, "prod")
    assert "Pulumi.prod.yaml, line 3" in str(caught.value)
    assert "canary" not in str(caught.value)
