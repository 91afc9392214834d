"""Identifiers that sort by time."""

import time
import uuid

from hypothesis import given
from hypothesis import strategies as st

from backend.identifiers import new_id

milliseconds = st.integers(min_value=0, max_value=(1 << 48) - 1)


@given(milliseconds)
def test_an_identifier_has_the_form_of_version_seven_and_its_time(when: int) -> None:
    made = new_id(when)
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == when


@given(milliseconds, milliseconds)
def test_identifiers_are_ordered_as_their_times(first: int, second: int) -> None:
    if first != second:
        assert (new_id(first) < new_id(second)) == (first < second)


def test_identifiers_of_one_moment_differ_in_all_their_random_bits() -> None:
    made = [new_id(0) for _ in range(1000)]
    assert len(set(made)) == len(made)
    seen_set, seen_clear = 0, 0
    for each in made:
        seen_set |= each.int
        seen_clear |= ~each.int
    random_bits = (1 << 76) - 1 & ~(0b11 << 62)
    assert seen_set & seen_clear & random_bits == random_bits


def test_an_identifier_is_of_now() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id().int >> 80
    assert before <= made <= time.time_ns() // 1_000_000
