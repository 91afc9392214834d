"""The page's own tests, types, lint and build, as `npm` runs them."""

import json
import re
from pathlib import Path

import pytest

from services.frontend.tests import npm

LOCK = json.loads((npm.SERVICE / "package-lock.json").read_text())


@pytest.fixture(scope="module")
def installed() -> None:
    if reason := npm.why_not():
        pytest.skip(f"the frontend's page is not tested: {reason}")
    npm.install()


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("script", ["typecheck", "lint", "test"])
def test_the_page_passes(script: str) -> None:
    npm.run("npm", "run", "--silent", script)


def test_a_build_is_the_same_twice(site: Path, tmp_path: Path) -> None:
    again = npm.build(tmp_path / "again")
    assert {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()} == {
        path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()
    }


def test_the_built_page_holds_nothing_inline_and_nothing_from_elsewhere(site: Path) -> None:
    pages = sorted(site.glob("*.html"))
    assert [page.name for page in pages] == ["404.html", "index.html"]
    for page in pages:
        text = page.read_text()
        assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|//", text) == []


def test_every_package_is_locked_with_its_hash_and_without_a_host() -> None:
    packages = {path: entry for path, entry in LOCK["packages"].items() if path}
    assert packages
    assert [path for path, entry in packages.items() if "integrity" not in entry] == []
    assert [path for path, entry in packages.items() if "resolved" in entry] == []


def test_the_page_needs_no_package_at_run_time() -> None:
    assert "dependencies" not in LOCK["packages"][""]
