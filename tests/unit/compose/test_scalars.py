"""Unquoted scalars mean what go-yaml takes them for."""

from pathlib import Path

import pytest

from services.compose.scalars import resolve
from services.compose.values import Value, sprint
from tests.unit.compose.reference import Request, ask

TABLE: tuple[tuple[str, Value, str], ...] = (
    ("010", 8, "8"),
    ("0o17", 15, "15"),
    ("08", 8.0, "8"),
    ("0x1F", 31, "31"),
    ("0b101", 5, "5"),
    ("-0x10", -16, "-16"),
    ("1_000", 1000, "1000"),
    ("0_17", 15, "15"),
    ("+5", 5, "5"),
    ("-0", -0.0, "-0"),
    ("1e3", 1000.0, "1000"),
    ("1e6", 1e6, "1e+06"),
    ("123456.5", 123456.5, "123456.5"),
    ("1.50", 1.5, "1.5"),
    (".5", 0.5, "0.5"),
    ("1.", 1.0, "1"),
    ("1e999", "1e999", "1e999"),
    ("0.00001", 0.00001, "1e-05"),
    ("18446744073709551615", 18446744073709551615, "18446744073709551615"),
    ("18446744073709551616", 18446744073709551616.0, "1.8446744073709552e+19"),
    ("1:30", "1:30", "1:30"),
    ("on", "on", "on"),
    ("yes", "yes", "yes"),
    ("y", "y", "y"),
    ("True", True, "true"),
    ("tRUE", "tRUE", "tRUE"),
    ("FALSE", False, "false"),
    ("_1", "_1", "_1"),
    ("0o8", "0o8", "0o8"),
    ("1.2.3", "1.2.3", "1.2.3"),
    ("0x", "0x", "0x"),
)


@pytest.mark.parametrize(("written", "value", "printed"), TABLE)
def test_a_scalar_has_the_value_and_the_text_of_the_table(written: str, value: Value, printed: str) -> None:
    assert resolve(written) == value
    assert type(resolve(written)) is type(value)
    assert sprint(resolve(written)) == printed


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL"])
def test_these_mean_nothing(written: str) -> None:
    assert resolve(written) is None


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("2001-1-2", "2001-01-02 00:00:00 +0000 UTC"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.1 -0500 -0500"),
        ("2001-13-40", "2001-13-40"),
    ],
)
def test_a_date_prints_as_go_prints_it(written: str, printed: str) -> None:
    assert sprint(resolve(written)) == printed


def test_the_table_is_what_compose_go_yields(tmp_path: Path) -> None:
    lines = "".join(f"      K{index}: {written}\n" for index, (written, _, _) in enumerate(TABLE))
    (tmp_path / "c.yaml").write_text(f"services:\n  a:\n    image: x\n    environment:\n{lines}")
    [answer] = ask([Request(name="table", directory=tmp_path, files=("c.yaml",))])
    assert answer.project is not None
    found = answer.project["services"]["a"]["environment"]
    assert [found[f"K{index}"] for index in range(len(TABLE))] == [printed for _, _, printed in TABLE]
