"""Stack files as the engine would hand them to a program, without the keys to their secrets."""

from pathlib import Path

import pytest

from graph.stack_file import StackFileError, read_stack
from services.placeholders import placeholder

STACK = """
encryptionsalt: v1:abc
config:
  aws:region: eu-central-1
  count: 3
  services:variables:
    PLAIN: text
    PASSWORD: {secure: v1:xyz}
  components:network:
    zones: [a, b]
    nat: single
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    _ = (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    _ = (tmp_path / "Pulumi.test.yaml").write_text(STACK)
    return tmp_path


def test_values_are_text_and_keys_without_a_namespace_are_the_projects(project: Path) -> None:
    config = read_stack(project, "test")
    assert (config.project, config.stack) == ("shop", "test")
    assert config.values["aws:region"] == "eu-central-1"
    assert config.values["shop:count"] == "3"
    assert config.values["components:network"] == '{"zones": ["a", "b"], "nat": "single"}'


def test_secrets_become_placeholders_that_hold_the_canary(project: Path) -> None:
    config = read_stack(project, "test")
    assert config.secret_keys == {"services:variables"}
    assert "xyz" not in config.values["services:variables"]
    assert f'"PASSWORD": "{placeholder("services:variables.PASSWORD")}"' in config.values["services:variables"]


def test_overrides_are_laid_over_mapping_by_mapping_and_none_takes_away(project: Path) -> None:
    over = {"components:network": {"nat": "none"}, "count": None, "services:variables": {"PASSWORD": "open"}}
    config = read_stack(project, "test", overrides=over)
    assert config.values["components:network"] == '{"zones": ["a", "b"], "nat": "none"}'
    assert "shop:count" not in config.values
    assert config.secret_keys == frozenset()


def test_required_variables_are_placeholders_only_where_they_are_missing(project: Path) -> None:
    config = read_stack(project, "test", required_variables=["PLAIN", "TOKEN"])
    assert '"PLAIN": "text"' in config.values["services:variables"]
    assert f'"TOKEN": "{placeholder("services:variables.TOKEN")}"' in config.values["services:variables"]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("Pulumi.test.yaml", "config: [1]", "Pulumi.test.yaml: config must be a mapping, not list"),
        ("Pulumi.test.yaml", "config: {", "Pulumi.test.yaml is not valid YAML"),
        ("Pulumi.yaml", "runtime: python", "Pulumi.yaml has no name"),
    ],
)
def test_a_broken_file_is_named(project: Path, file: str, text: str, message: str) -> None:
    _ = (project / file).write_text(text)
    with pytest.raises(StackFileError, match=message):
        _ = read_stack(project, "test")


def test_an_empty_stack_file_has_no_configuration(project: Path) -> None:
    _ = (project / "Pulumi.test.yaml").write_text("")
    assert read_stack(project, "test").values == {}
