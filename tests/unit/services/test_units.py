"""Durations and byte sizes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.on_docker.values import duration
from services.units import parse_bytes, parse_duration

_FORMS = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}


@given(parts=st.dictionaries(st.sampled_from(list(_FORMS)), st.integers(0, 999), min_size=1))
def test_a_duration_is_the_sum_of_its_parts(parts: dict[str, int]) -> None:
    text = "".join(f"{number}{unit}" for unit, number in parts.items())
    total = sum(number * _FORMS[unit] for unit, number in parts.items())
    assert parse_duration(text) == timedelta(microseconds=total)


@given(value=st.timedeltas(timedelta(0), timedelta(days=2)))
def test_docker_s_form_of_a_duration_reads_back_as_the_same_duration(value: timedelta) -> None:
    assert parse_duration(duration(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10s", timedelta(seconds=10)),
        ("1m30s", timedelta(seconds=90)),
        ("1.5h", timedelta(minutes=90)),
        ("500µs", timedelta(microseconds=500)),
        ("2000ns", timedelta(microseconds=2)),
    ],
)
def test_durations_in_compose_s_forms(text: str, value: timedelta) -> None:
    assert parse_duration(text) == value


@pytest.mark.parametrize("text", ["", "10", "10 s", "s", "-1s", "10S", "1d", "10s later"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_duration(text)
    assert str(error.value) == f"{text!r} is not a duration: write numbers with units, as in '10s', '1m30s' or '500ms'"


@given(
    number=st.integers(0, 10**9),
    unit=st.sampled_from([("", 0), ("b", 0), ("k", 10), ("kb", 10), ("m", 20), ("mb", 20), ("g", 30), ("gb", 30)]),
    upper=st.booleans(),
    space=st.sampled_from(["", " "]),
)
def test_byte_units_are_powers_of_1024(number: int, unit: tuple[str, int], upper: bool, space: str) -> None:
    name, power = unit
    assert parse_bytes(f"{number}{space}{name.upper() if upper else name}") == number << power


@pytest.mark.parametrize("text", ["", "m", "1.5g", "-1m", "1t", "1 m b"])
def test_what_is_no_byte_value_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_bytes(text)
    assert str(error.value) == f"{text!r} is not a byte value: write a whole number with b, k, m or g, as in '512m'"


@pytest.mark.parametrize("parse", [parse_duration, parse_bytes])
@given(value=st.one_of(st.integers(), st.timedeltas(), st.none()))
def test_what_is_no_text_is_left_for_the_model_to_judge(parse: object, value: object) -> None:
    assert callable(parse)
    assert parse(value) is value
