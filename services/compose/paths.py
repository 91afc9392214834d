"""Paths as text, the way Go's filepath cleans, joins and relates them: a model may name files that do not exist."""

import posixpath
import re
from pathlib import Path

_REMOTE_CONTEXT = ("https://", "http://", "git://", "ssh://", "github.com/", "git@")
_WINDOWS_ABSOLUTE = re.compile(r".:[\\/]|\\[\\/]", re.DOTALL)


def clean(path: str) -> str:
    """The shortest equal path; an empty one is `.`."""
    cleaned = posixpath.normpath(path) if path else "."
    return "/" + cleaned.lstrip("/") if cleaned.startswith("//") else cleaned


def join(base: str, path: str) -> str:
    """One path below another, cleaned."""
    parts = [part for part in (base, path) if part]
    return clean("/".join(parts)) if parts else ""


def expand_home(path: str) -> str:
    """`~` at the beginning is the user's home directory."""
    return join(str(Path.home()), path[1:]) if path.startswith("~") else path


def absolute(path: str, base: str) -> str:
    """The path below `base`, unless it is absolute, begins with `~`, or is empty."""
    expanded = expand_home(path)
    return expanded if not expanded or expanded.startswith("/") else join(base, expanded)


def mounted(path: str, base: str) -> str:
    """As `absolute` for the source of a mount: a Windows path stays, and an empty one is `base`."""
    expanded = expand_home(path)
    is_absolute = expanded.startswith("/") or _WINDOWS_ABSOLUTE.match(expanded) is not None
    return expanded if is_absolute else join(base, expanded)


def build_context(path: str, base: str) -> str:
    """As `absolute` for a build context, which may also be a URL, a Git reference or another service."""
    if "://" in path or path.startswith(("service:", *_REMOTE_CONTEXT)):
        return path
    return absolute(path, base)


def watched(path: str, base: str) -> str:
    """As `absolute` for a watched path, with its first symbolic link followed."""
    found = absolute(path, base)
    current = Path("/" if found.startswith("/") else "")
    for part in found.split("/"):
        if part:
            current /= part
            if current.is_symlink():
                return found.replace(str(current), str(current.resolve(strict=True)), 1)
    return found


def relative(path: str, base: str) -> str:
    """The path as seen from `base`."""
    return posixpath.relpath(clean(path), clean(base))
