"""The content hash changes with what decides an image, and with nothing else."""

import os
import shutil
from collections.abc import Callable, Generator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import build_context
from components.build_context import BuildContextError, content_hash, context_files

CHANGES: list[Callable[[Path], object]] = [
    lambda root: (root / "src" / "main.py").write_text("print(2)\n"),
    lambda root: (root / "src" / "new.py").write_text(""),
    lambda root: (root / "src" / "main.py").rename(root / "src" / "other.py"),
    lambda root: (root / "src" / "main.py").unlink(),
    lambda root: (root / "src" / "main.py").chmod(0o755),
    lambda root: (root / "link").symlink_to("src/main.py"),
    lambda root: (root / "Dockerfile").write_text("FROM scratch\nCOPY . .\n"),
]


@pytest.fixture
def context(tmp_path: Path) -> Path:
    root = tmp_path / "context"
    (root / "src" / "deep").mkdir(parents=True)
    (root / "Dockerfile").write_text("FROM scratch\n")
    (root / "src" / "main.py").write_text("print(1)\n")
    (root / "src" / "deep" / "data.txt").write_text("data\n")
    return root


def names(context: Path) -> list[str]:
    return [path.relative_to(context).as_posix() for path in context_files(context)]


def test_the_hash_is_twelve_hexadecimal_digits(context: Path) -> None:
    assert len(content_hash(context)) == 12
    assert int(content_hash(context), 16) >= 0


def test_a_copy_elsewhere_at_another_time_has_the_same_hash(context: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "copy"
    shutil.copytree(context, copy)
    os.utime(copy / "Dockerfile", (1, 1))
    assert content_hash(copy, dockerfile="Dockerfile") == content_hash(context, dockerfile="Dockerfile")


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_content_changes_the_hash(context: Path, change: Callable[[Path], object]) -> None:
    before = content_hash(context)
    change(context)
    assert content_hash(context) != before


def test_options_count_whatever_their_order(context: Path) -> None:
    plain = content_hash(context)
    one = content_hash(context, options={"platform": "linux/arm64", "target": "app"})
    other = content_hash(context, options={"target": "app", "platform": "linux/arm64"})
    assert one == other != plain


def test_bytes_cannot_move_between_files_unseen(context: Path) -> None:
    (context / "a").write_text("xy")
    (context / "b").write_text("z")
    before = content_hash(context)
    (context / "a").write_text("x")
    (context / "b").write_text("yz")
    assert content_hash(context) != before


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ("src", ["Dockerfile"]),
        ("src/*.py", ["Dockerfile", "src/deep/data.txt"]),
        ("**/*.txt", ["Dockerfile", "src/main.py"]),
        ("*.py", ["Dockerfile", "src/deep/data.txt", "src/main.py"]),
        ("**/*.py\n!src/main.py", ["Dockerfile", "src/deep/data.txt", "src/main.py"]),
        ("# comment\n\n/src/deep/", ["Dockerfile", "src/main.py"]),
        ("src/mai?.py", ["Dockerfile", "src/deep/data.txt"]),
        ("src/[^a-k]ain.py", ["Dockerfile", "src/deep/data.txt"]),
    ],
)
def test_what_dockerignore_leaves_out_does_not_count(context: Path, ignore: str, left: list[str]) -> None:
    (context / ".dockerignore").write_text(f"{ignore}\n.dockerignore\n")
    assert names(context) == left


def folders_read(context: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that are looked into for what counts."""
    read: list[str] = []
    iterdir = Path.iterdir

    def recorded(path: Path) -> Generator[Path, None, None]:
        read.append(path.name)
        return iterdir(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", recorded)
        names(context)
    return sorted(read)


def test_a_folder_of_which_nothing_counts_is_not_read(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (context / "node_modules/deep").mkdir(parents=True)
    (context / ".dockerignore").write_text("*\n!src/main.py\n!*.md\n")
    assert names(context) == ["src/main.py"]
    assert folders_read(context, monkeypatch) == ["context", "src"]


def everywhere(_directory: str, _patterns: object) -> bool:
    return True


@given(st.lists(st.from_regex(r"!?(a|b|\*|\*\*|\?|a\*)(/(a|b|c|\*|\*\*)){0,2}", fullmatch=True), max_size=5))
def test_the_same_files_count_as_if_every_folder_were_read(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    root = tmp_path_factory.mktemp("context")
    for file in ["ab", "a/x", *("/".join(parts) for parts in product("ab", "ac", "bc"))]:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    (root / ".dockerignore").write_text("\n".join(lines))
    found = names(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_context, "_may_hold", everywhere)
        assert found == names(root)


def test_a_dockerfile_counts_even_where_it_is_ignored(context: Path) -> None:
    (context / ".dockerignore").write_text("Dockerfile\n")
    before = content_hash(context, dockerfile="Dockerfile")
    (context / "Dockerfile").write_text("FROM other\n")
    assert content_hash(context, dockerfile="Dockerfile") != before


def test_a_context_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BuildContextError, match="nowhere"):
        content_hash(tmp_path / "nowhere")


def test_a_dockerfile_that_does_not_exist_is_refused_by_name(context: Path) -> None:
    with pytest.raises(BuildContextError, match="Containerfile"):
        content_hash(context, dockerfile="Containerfile")
