"""Our loader and compose-go agree on thousands of generated files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.compose.generated import VARIABLES
from tests.unit.compose.reference import Request, compare

EXAMPLES = 2_400
PROJECT = Path(__file__).parents[3]


def generated() -> dict[tuple[str, ...], None]:
    """The groups of files, each once; the same ones in every run.

    In a process of its own: hypothesis draws from the constants of every module of ours that is loaded.
    """
    command = [sys.executable, "-m", "tests.unit.compose.generated", str(EXAMPLES)]
    told = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, check=True, timeout=600)
    return dict.fromkeys(tuple(group) for group in json.loads(told.stdout))


def requests(folder: Path) -> list[Request]:
    """The generated groups of files, written below a folder."""
    (folder / "base.env").write_text("FROM_FILE=1\nSET=file\n")
    asked: list[Request] = []
    for number, texts in enumerate(generated()):
        files = tuple(f"{number}-{index}.yaml" for index in range(len(texts)))
        for file, text in zip(files, texts, strict=True):
            (folder / file).write_text(text)
        profiles = ("p",) if number % 3 == 0 else ()
        asked.append(Request(name=files[0], directory=folder, files=files, profiles=profiles, variables=VARIABLES))
    return asked


@pytest.mark.slow
def test_generated_files_give_what_compose_go_gives(tmp_path: Path) -> None:
    asked = requests(tmp_path)
    found = compare(asked)
    report = [
        "\n".join(((tmp_path / name).read_text(), ours.error or ours.text(), theirs.error or theirs.text()))
        for name, (ours, theirs) in list(found.different.items())[:3]
    ]
    assert not found.different, f"{len(found.different)} of {len(asked)} differ\n" + "\n----\n".join(report)
    assert found.compared >= 2_000
    assert found.loaded >= 1_200
