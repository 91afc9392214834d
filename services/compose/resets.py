"""`!reset` and `!override`: what a file takes away from the files before it."""

from collections.abc import Sequence

from services.compose.values import Path, Value


def _matches(pattern: Path, path: Path) -> bool:
    return len(pattern) == len(path) and all(part in ("*", key) for part, key in zip(pattern, path, strict=True))


def reset(value: Value, resets: Sequence[Path], path: Path = ()) -> None:
    """Removes, in place, every key at one of the paths. Nothing in a list can be removed: Compose cannot either."""
    if not resets or not isinstance(value, dict):
        return
    for key, entry in list(value.items()):
        place = (*path, key)
        if any(_matches(pattern, place) for pattern in resets):
            del value[key]
        else:
            reset(entry, resets, place)
