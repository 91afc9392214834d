"""What goes into an image: the files of a build context and the hash of them that becomes the image's tag."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

HASH_LENGTH: Final = 12
"""Hexadecimal digits of a content hash."""


class BuildContextError(ValueError):
    """A build context that cannot be: the text names the path and what to do."""


@dataclass(frozen=True)
class _IgnorePattern:
    text: str
    keeps: bool

    def matches(self, path: str) -> bool:
        return _translate(self.text).fullmatch(path) is not None


@cache
def _translate(pattern: str) -> re.Pattern[str]:
    """Return a `.dockerignore` pattern (Go's filepath.Match with `**`) as an expression over relative paths."""
    parts: list[str] = []
    for token in re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]]*\]|\\.|.", pattern):
        match token:
            case "**/":
                parts.append("(?:.*/)?")
            case "**":
                parts.append(".*")
            case "*":
                parts.append("[^/]*")
            case "?":
                parts.append("[^/]")
            case _ if token.startswith("["):
                parts.append(token)
            case _:
                parts.append(re.escape(token.removeprefix("\\") or token))
    return re.compile("".join(parts) + "(?:/.*)?")


def _ignore_patterns(context: Path) -> list[_IgnorePattern]:
    ignore_file = context / ".dockerignore"
    if not ignore_file.is_file():
        return []
    lines = (line.strip() for line in ignore_file.read_text().splitlines())
    return [
        _IgnorePattern(line.removeprefix("!").strip("/").removeprefix("./"), line.startswith("!"))
        for line in lines
        if line and not line.startswith("#")
    ]


def context_files(context: Path) -> Iterator[Path]:
    """Yield the files that a builder is sent, sorted by relative path: all but what `.dockerignore` leaves out.

    The last pattern that matches a path decides, as Docker does it. Symbolic links are yielded, never followed.
    """
    yield from sorted(
        _kept(context, "", _ignore_patterns(context)), key=lambda path: path.relative_to(context).as_posix()
    )


def _kept(directory: Path, above: str, patterns: list[_IgnorePattern]) -> Iterator[Path]:
    """Yield what is kept of a directory. Where nothing can be kept (`node_modules`), nothing is read."""
    for path in directory.iterdir():
        relative = above + path.name
        verdicts = [pattern.keeps for pattern in patterns if pattern.matches(relative)]
        kept = not verdicts or verdicts[-1]
        if not path.is_dir() or path.is_symlink():
            if kept:
                yield path
        elif kept or _may_hold(relative, patterns):
            yield from _kept(path, f"{relative}/", patterns)


def _may_hold(directory: str, patterns: Iterable[_IgnorePattern]) -> bool:
    """Whether something in a directory that is left out may be kept all the same."""
    depth = directory.count("/") + 1
    for pattern in patterns:
        segments = pattern.text.split("/")
        above = "/".join(segments[:depth])
        if pattern.keeps and (
            "**" in pattern.text or (len(segments) > depth and _translate(above).fullmatch(directory))
        ):
            return True
    return False


def content_hash(context: Path, *, dockerfile: str | None = None, options: Mapping[str, str] | None = None) -> str:
    """Return the hash of everything that decides an image: files, whether they are executable, links, options.

    `dockerfile`, relative to the context, counts even where `.dockerignore` leaves it out. `options` are what else
    changes the build (platform, target, arguments). Modification times, owners and the context's own place do not
    count.

    Raises:
        BuildContextError: the context or the named Dockerfile does not exist.
    """
    if not context.is_dir():
        raise BuildContextError(f"build context '{context}' is not a directory; name one that holds a Dockerfile")
    digest = hashlib.sha256()
    if dockerfile is not None:
        recipe = context / dockerfile
        if not recipe.is_file():
            raise BuildContextError(f"build context '{context}' has no '{dockerfile}'; add it or name another one")
        digest.update(_framed("dockerfile", dockerfile, recipe.read_bytes()))
    for name, value in sorted((options or {}).items()):
        digest.update(_framed("option", name, value.encode()))
    for path in context_files(context):
        relative = PurePosixPath(path.relative_to(context)).as_posix()
        if path.is_symlink():
            digest.update(_framed("link", relative, str(path.readlink()).encode()))
        else:
            kind = "executable" if path.stat().st_mode & 0o111 else "file"
            digest.update(_framed(kind, relative, path.read_bytes()))
    return digest.hexdigest()[:HASH_LENGTH]


def _framed(kind: str, name: str, content: bytes) -> bytes:
    """Return one entry so that no two different lists of entries read the same."""
    return f"{kind}\0{name}\0{len(content)}\0".encode() + content
