"""What the documents say is what the code does: generated pages, links, commands."""

import re
from pathlib import Path

import pytest

from docs import observability_page
from docs.__main__ import PAGES, stale
from graph.capture import capture
from services.on_docker.values import LOG_ROTATION

PROJECT = Path(__file__).resolve().parents[2]
WRITTEN = [*sorted((PROJECT / "docs").rglob("*.md")), PROJECT / "README.md"]


def test_generated_pages_are_as_the_code_says_now() -> None:
    assert stale() == [], "write them: make docs"


def test_the_page_of_alerts_says_that_nothing_evaluates_them_on_aws_as_long_as_a_stack_there_is_refused() -> None:
    with pytest.raises(Exception, match="observability:parts: logs, metrics: the engines run on Docker alone"):
        _ = capture("prod", config={"observability:parts": ["logs", "metrics"]})

    before_the_table = observability_page.render().split("\n## Alerts\n")[1].split("\n|")[0]
    assert "Nothing evaluates them on AWS yet" in before_the_table


def test_every_generated_page_says_how_it_is_made() -> None:
    for name in PAGES:
        assert "make docs" in (PROJECT / "docs" / name).read_text().split("\n## ")[0]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("page", WRITTEN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    named = set(re.findall(r"(?:^|`|\n)make ([a-z-]+)", page.read_text()))
    existing = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert named <= existing


@pytest.mark.parametrize("page", WRITTEN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_paths_that_a_page_shows_as_code_exist(page: Path) -> None:
    folders = "components|services|sandbox|graph|tests|docs|tools|observability|requirements"
    shown = re.findall(rf"`((?:{folders})/[\w./-]*)`", page.read_text())
    missing = [path for path in shown if not (PROJECT / path).exists()]
    assert missing == []


def test_every_decision_is_numbered_in_order() -> None:
    numbers = sorted(path.name[:4] for path in (PROJECT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_pages_that_tell_how_logs_are_rotated_tell_what_containers_get() -> None:
    files, megabytes = int(LOG_ROTATION["max-file"]), int(LOG_ROTATION["max-size"].removesuffix("m"))
    words = {3: "three", 4: "four", 5: "five", 6: "six"}

    assert f"rotated logs ({files} x {megabytes} MB)" in (PROJECT / "docs/guides/containers.md").read_text()
    told = (PROJECT / "docs/guides/observability.md").read_text()
    assert f"more than {files * megabytes} MB before it is read" in told
    assert f"Docker keeps {words[files]} of {megabytes} MB" in told
