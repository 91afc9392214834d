"""What the image is built from."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from components.build_context import context_files
from services.frontend.tests import npm

DOCKERFILE = npm.SERVICE / "Dockerfile"


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "hadolint", DOCKERFILE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_base_is_an_argument_pinned_by_its_digest() -> None:
    text = DOCKERFILE.read_text()
    bases = re.findall(r"^FROM (?:--platform=\S+ )?(\S+)", text, re.MULTILINE)
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)", text, re.MULTILINE))
    assert len(bases) == 2
    for base in bases:
        assert re.fullmatch(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}", arguments[base.strip("${}")])


def test_the_build_context_is_enough_for_the_page_and_holds_no_more(site: Path, tmp_path: Path) -> None:
    files = [path.relative_to(npm.SERVICE) for path in context_files(npm.SERVICE)]
    assert {file.parts[0] for file in files} <= {
        *("package.json", "package-lock.json", ".npmrc", "tsconfig.json", "vite.config.ts", "index.html", "404.html"),
        *("public", "source", "nginx"),
    }
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(npm.SERVICE / file, tmp_path / file)
    (tmp_path / "node_modules").symlink_to(npm.SERVICE / "node_modules")
    subprocess.run(["npm", "run", "--silent", "build"], cwd=tmp_path, check=True, capture_output=True)
    built = {path.relative_to(tmp_path / "dist") for path in (tmp_path / "dist").rglob("*")}
    assert built == {path.relative_to(site) for path in site.rglob("*")}
