"""Our loader and compose-go agree on thousands of generated files."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.unit.compose.generated import VARIABLES, groups
from tests.unit.compose.reference import Request, differences

EXAMPLES = 2_400


def requests(folder: Path) -> list[Request]:
    """The generated groups of files, written below a folder; the same ones in every run."""
    made: dict[tuple[str, ...], None] = {}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(groups)
    def collect(texts: tuple[str, ...]) -> None:
        made[texts] = None

    collect()
    (folder / "base.env").write_text("FROM_FILE=1\nSET=file\n")
    asked: list[Request] = []
    for number, texts in enumerate(made):
        files = tuple(f"{number}-{index}.yaml" for index in range(len(texts)))
        for file, text in zip(files, texts, strict=True):
            (folder / file).write_text(text)
        profiles = ("p",) if number % 3 == 0 else ()
        asked.append(Request(name=files[0], directory=folder, files=files, profiles=profiles, variables=VARIABLES))
    return asked


@pytest.mark.slow
def test_generated_files_give_what_compose_go_gives(tmp_path: Path) -> None:
    asked = requests(tmp_path)
    assert len(asked) >= 2_000
    different = differences(asked)
    report = [
        "\n".join(((tmp_path / name).read_text(), ours.error or ours.text(), theirs.error or theirs.text()))
        for name, (ours, theirs) in list(different.items())[:3]
    ]
    assert not different, f"{len(different)} of {len(asked)} differ\n" + "\n----\n".join(report)
