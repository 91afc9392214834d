"""Lists whose entries have a key: a later entry with the same key takes the place of the earlier one.

Source: compose-go `override/uncity.go`.
"""

from collections.abc import Callable
from typing import TypeAlias

from services.compose.errors import RefusalError
from services.compose.patterns import Rules, rules_of
from services.compose.short_forms import parse_mount
from services.compose.values import Path, Value, in_words, kind_of, sprint

Key: TypeAlias = Callable[[Value, Path], str]


def _key_value(entry: Value, path: Path) -> str:
    if not isinstance(entry, str):
        raise RefusalError(path, f"must be text, not {in_words(entry)}", entry)
    return entry.split("=", 1)[0]


def _field(entry: Value, name: str, path: Path) -> str:
    field = entry.get(name) if isinstance(entry, dict) else None
    if not isinstance(field, str):
        raise RefusalError(path, f"needs a {name}", entry)
    return field


def _mount(entry: Value, path: Path) -> str:
    if isinstance(entry, dict):
        return _field(entry, "target", path)
    if not isinstance(entry, str):
        return ""
    try:
        return sprint(parse_mount(entry).get("target"))
    except ValueError as error:
        raise RefusalError(path, str(error), entry) from error


def _device(entry: Value, path: Path) -> str:
    if isinstance(entry, dict):
        return _field(entry, "target", path)
    if not isinstance(entry, str):
        return ""
    fields = entry.split(":")
    return fields[min(1, len(fields) - 1)]


def _exposed(entry: Value, path: Path) -> str:
    if isinstance(entry, str) or (isinstance(entry, int) and not isinstance(entry, bool)):
        return str(entry)
    raise RefusalError(path, f"must be a port, not {in_words(entry)}", entry)


def _file_mount(directory: str) -> Key:
    def key(entry: Value, path: Path) -> str:
        if isinstance(entry, str):
            return f"{directory}/{entry}"
        if not isinstance(entry, dict):
            raise RefusalError(path, f"must be a name or a mapping, not {in_words(entry)}", entry)
        return _field(entry, "target", path) if "target" in entry else f"{directory}/{sprint(entry.get('source'))}"

    return key


def _port(entry: Value, path: Path) -> str:
    if isinstance(entry, str):
        return entry
    if isinstance(entry, int) and not isinstance(entry, bool):
        return str(entry)
    if not isinstance(entry, dict):
        return ""
    if "target" not in entry:
        raise RefusalError(path, "needs a target: the port of the container", entry)
    published = entry.get("published")
    host = sprint(entry.get("host_ip", "0.0.0.0"))  # noqa: S104 - Compose's own default
    protocol = sprint(entry.get("protocol", "tcp"))
    return f"{host}:{kind_of(published)} {sprint(published)}:{sprint(entry['target'])}/{protocol}"


def _env_file(entry: Value, path: Path) -> str:
    if isinstance(entry, str):
        return entry
    return _field(entry, "path", path) if isinstance(entry, dict) else ""


_KEYS: Rules[Key] = rules_of(
    {
        **dict.fromkeys(("networks.*.labels", "networks.*.ipam.options"), _key_value),
        **{
            f"services.*.{name}": _key_value
            for name in (
                *("annotations", "build.args", "build.additional_contexts", "build.platform", "build.tags"),
                *("build.labels", "cap_add", "cap_drop", "deploy.labels", "dns", "dns_opt", "dns_search"),
                *("environment", "labels", "links", "networks.*.aliases", "networks.*.link_local_ips"),
                *("profiles", "sysctls", "tmpfs"),
            )
        },
        "services.*.configs": _file_mount(""),
        "services.*.secrets": _file_mount("/run/secrets"),
        "services.*.devices": _device,
        "services.*.env_file": _env_file,
        "services.*.expose": _exposed,
        "services.*.ports": _port,
        "services.*.volumes": _mount,
    }
)


def enforce(model: dict[str, Value]) -> dict[str, Value]:
    """Drops, in place, every entry that a later one with the same key replaces.

    Raises:
        RefusalError: An entry has no key.
    """
    _enforce(model, _KEYS, ())
    return model


def _enforce(value: Value, rules: Rules[Key], path: Path) -> None:
    if isinstance(value, list):
        if rules.rule is not None:
            entries = {rules.rule(entry, (*path, index)): entry for index, entry in enumerate(value)}
            value[:] = entries.values()
    elif isinstance(value, dict):
        for key, entry in value.items():
            if (below := rules.below(key)) is not None:
                _enforce(entry, below, (*path, key))
