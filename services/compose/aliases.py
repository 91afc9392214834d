"""Extension fields that became keys of the specification: `x-develop`, `x-initialSync`."""

from services.compose.merge import merge_at
from services.compose.values import Path, Value


def _promote(mapping: dict[str, Value], old: str, new: str, path: tuple[str, ...]) -> None:
    if old not in mapping:
        return
    extension = mapping.pop(old)
    known = mapping.get(new)
    mapping[new] = extension if known is None else merge_at(extension, known, (*path, new))


def promote_aliases(model: dict[str, Value]) -> dict[str, Value]:
    """Moves each old extension field to its key, in place; what the key holds already wins.

    Raises:
        RefusalError: The two cannot be merged.
    """
    services = model.get("services")
    for name, service in services.items() if isinstance(services, dict) else ():
        if not isinstance(service, dict):
            continue
        _promote(service, "x-develop", "develop", ("services", name))
        develop = service.get("develop")
        watch = develop.get("watch") if isinstance(develop, dict) else None
        for trigger in watch if isinstance(watch, list) else ():
            if isinstance(trigger, dict):
                _promote(trigger, "x-initialSync", "initial_sync", ("services", name, "develop", "watch", "[]"))
    return model


def with_aliases(resets: tuple[Path, ...]) -> tuple[Path, ...]:
    """The paths of resets, and those of the keys that old extension fields among them stand for."""
    promoted = tuple(
        (*path[:2], "develop", *path[3:])
        for path in resets
        if path[:1] == ("services",) and path[2:3] == ("x-develop",)
    )
    return (*resets, *promoted)
