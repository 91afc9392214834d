"""Our loader and compose-go agree on every file of the corpus."""

import pytest

from tests.unit.compose.corpus import cases
from tests.unit.compose.reference import Answer, Request, ask

CASES = cases()


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    return dict(zip((case.name for case in CASES), ask(CASES), strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_project_is_the_one_that_compose_go_prints(case: Request, answers: dict[str, Answer]) -> None:
    ours, theirs = case.ours(), answers[case.name]
    assert (ours.error is None) == (theirs.error is None), f"ours: {ours.error}\ncompose-go: {theirs.error}"
    assert ours.text() == theirs.text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_is_refused_when_its_name_says_so_and_the_reason_has_a_place(case: Request) -> None:
    ours = case.ours()
    assert (ours.error is not None) == case.name.endswith("refused.yaml"), ours.error
    if ours.error is not None:
        place, _, reason = ours.error.partition(": ")
        file, line, column = place.rsplit(":", 2)
        assert file.startswith("/")
        assert int(line) > 0
        assert int(column) > 0
        assert len(reason) > 10


def test_the_corpus_is_large_and_more_than_a_third_of_it_loads(answers: dict[str, Answer]) -> None:
    loaded = [case for case in CASES if answers[case.name].error is None and case.ours().error is None]
    assert len(CASES) >= 340
    assert len(loaded) >= 136
    assert all(case.ours().text() == answers[case.name].text() for case in loaded)
