"""Broken files give a clear refusal, never a traceback; and compose-go refuses the same ones."""

from pathlib import Path

import pytest

from tests.unit.compose.corpus import texts
from tests.unit.compose.mutations import mutants
from tests.unit.compose.reference import Request, compare

COUNT = 6_000


@pytest.mark.slow
def test_broken_files_are_refused_without_a_traceback_just_when_compose_go_refuses_them(tmp_path: Path) -> None:
    asked: list[Request] = []
    for number, text in enumerate(mutants(texts(), COUNT)):
        file = f"{number}.yaml"
        (tmp_path / file).write_bytes(text)
        asked.append(Request(name=file, directory=tmp_path, files=(file,)))
    found = compare(asked)
    report = [
        "\n".join((repr((tmp_path / name).read_bytes()), ours.error or ours.text(), theirs.error or theirs.text()))
        for name, (ours, theirs) in list(found.different.items())[:3]
    ]
    assert not found.different, f"{len(found.different)} of {len(asked)} differ\n" + "\n----\n".join(report)
    assert found.compared >= 5_000
    assert found.loaded >= 500
