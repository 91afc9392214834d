"""Relative paths of a model, seen from its project directory. Source: compose-go `paths/resolve.go`."""

from collections.abc import Callable
from typing import TypeAlias

from services.compose import paths
from services.compose.canonical import walk
from services.compose.errors import RefusalError
from services.compose.patterns import rules_of
from services.compose.values import Path, Value, in_words

Resolve: TypeAlias = Callable[[str, str], str]

_PATHS: dict[str, Resolve] = {
    **{
        f"{section}.*.{key}": resolve
        for section in ("services", "jobs")
        for key, resolve in (
            ("build.context", paths.build_context),
            ("build.additional_contexts.*", paths.build_context),
            ("build.ssh.*", paths.mounted),
            ("env_file.*.path", paths.absolute),
            ("label_file.*", paths.absolute),
            ("extends.file", paths.absolute),
        )
    },
    "services.*.develop.watch.*.path": paths.watched,
    "services.*.pre_start.*.env_file.*.path": paths.absolute,
    "services.*.pre_start.*.label_file.*": paths.absolute,
    "configs.*.file": paths.mounted,
    "secrets.*.file": paths.mounted,
}
_LENIENT = (paths.mounted,)


def resolve(model: dict[str, Value], base: str) -> dict[str, Value]:
    """Makes every path of the model absolute, or relative to where `base` is relative to, in place.

    Raises:
        RefusalError: A path is no text, a bind mount has no source, or a symbolic link leads nowhere.
    """

    def at(resolve_path: Resolve) -> Callable[[Value, Path], Value]:
        def apply(value: Value, path: Path) -> Value:
            if not isinstance(value, str):
                if resolve_path in _LENIENT:
                    return value
                raise RefusalError(path, f"must be a path, not {in_words(value)}", value)
            try:
                return resolve_path(value, base)
            except (OSError, RuntimeError) as error:
                raise RefusalError(path, f"cannot be followed: {error}", value) from error

        return apply

    def mount(value: Value, path: Path) -> Value:
        if not isinstance(value, dict) or value.get("type") != "bind":
            return value
        source = value.get("source")
        if not isinstance(source, str):
            raise RefusalError(path, "a bind mount needs a source")
        return {**value, "source": paths.mounted(source, base)}

    def volume(value: Value, path: Path) -> Value:
        """A volume of the local driver with the option `bind` is a bind mount by another name."""
        if not isinstance(value, dict) or value.get("driver") != "local" or "driver_opts" not in value:
            return value
        options = value["driver_opts"]
        if not isinstance(options, dict):
            raise RefusalError((*path, "driver_opts"), f"must be a mapping, not {in_words(options)}", options)
        device = options.get("device")
        if options.get("o") == "bind" and isinstance(device, str):
            options["device"] = paths.mounted(device, base)
        return value

    rules = rules_of(
        {
            **{pattern: at(resolve_path) for pattern, resolve_path in _PATHS.items()},
            "services.*.volumes.*": mount,
            "jobs.*.volumes.*": mount,
            "services.*.pre_start.*.volumes.*": mount,
            "volumes.*": volume,
        }
    )
    walk(model, rules)
    return model
