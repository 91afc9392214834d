"""Short forms to long ones, so that every later step sees one form only; defaults for keys that are not set.

Source: compose-go `transform/`.
"""

from collections.abc import Callable
from typing import TypeAlias

from services.compose.errors import RefusalError
from services.compose.paths import clean
from services.compose.patterns import Rules, rules_of
from services.compose.short_forms import parse_device, parse_mount, parse_ports
from services.compose.values import Path, Value, in_words, same, sprint

Transform: TypeAlias = Callable[[Value, Path], Value]


def _unfit(value: Value, path: Path, wanted: str) -> RefusalError:
    return RefusalError(path, f"must be {wanted}, not {in_words(value)}", value)


def _mapping(value: Value, path: Path) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise _unfit(value, path, "a mapping")
    return value


def _parsed(parse: Callable[[str], Value], value: str, path: Path) -> Value:
    try:
        return parse(value)
    except ValueError as error:
        raise RefusalError(path, str(error), value) from error


def _long(parse: Callable[[str], Value]) -> Transform:
    """A text becomes the mapping that it is short for."""

    def transform(value: Value, path: Path) -> Value:
        if isinstance(value, str):
            return _parsed(parse, value, path)
        return _mapping(value, path)

    return transform


def _mount(spec: str) -> Value:
    mount = parse_mount(spec)
    return {**mount, "target": clean(sprint(mount["target"]))}


def _string_or_list(value: Value, _path: Path) -> Value:
    return [value] if isinstance(value, str) else value


def _names_to_mapping(value: Value, path: Path) -> Value:
    if not isinstance(value, list):
        return value
    return dict.fromkeys((_text(name, (*path, index)) for index, name in enumerate(value)), None)


def _text(value: Value, path: Path) -> str:
    if not isinstance(value, str):
        raise _unfit(value, path, "text")
    return value


def _env_files(value: Value, path: Path) -> Value:
    def entry(one: Value) -> Value:
        if isinstance(one, str):
            return {"path": one, "required": True}
        return {"required": True, **one} if isinstance(one, dict) else None

    if isinstance(value, str):
        return [entry(value)]
    if isinstance(value, list):
        return [entry(one) for one in value]
    raise _unfit(value, path, "a path or a list")


def _gpus(value: Value, path: Path) -> Value:
    if isinstance(value, str):
        return [{"count": "all"}]
    if isinstance(value, list):
        return value
    raise _unfit(value, path, "'all' or a list")


def _ulimit(value: Value, path: Path) -> Value:
    if isinstance(value, dict) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise _unfit(value, path, "a whole number or a mapping with soft and hard")


def _bool_as_text(value: Value, _path: Path) -> Value:
    return sprint(value)


def _key_values(value: Value, path: Path) -> Value:
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        raise _unfit(value, path, "a mapping or a list")
    mapping: dict[str, Value] = {}
    for index, entry in enumerate(value):
        name, assigned, rest = _text(entry, (*path, index)).partition("=")
        if not assigned:
            raise RefusalError((*path, index), f"{entry!r} must be name=value", entry)
        mapping[name] = rest
    return mapping


def _ssh(value: Value, path: Path) -> Value:
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        raise _unfit(value, path, "a mapping or a list")
    keys: dict[str, Value] = {}
    for index, entry in enumerate(value):
        name, assigned, source = _text(entry, (*path, index)).partition("=")
        if not assigned and name != "default":
            raise RefusalError((*path, index), f"{entry!r} must be name=path, or 'default'", entry)
        keys[name] = source if assigned else None
    return keys


def _depends_on(value: Value, path: Path) -> Value:
    if isinstance(value, list):
        names = [_text(name, (*path, index)) for index, name in enumerate(value)]
        return {name: {"condition": "service_started", "required": True} for name in names}
    return {
        name: {"condition": "service_started", "required": True, **_mapping(entry, (*path, name))}
        for name, entry in _mapping(value, path).items()
    }


def _ports(value: Value, path: Path) -> Value:
    if not isinstance(value, list):
        raise _unfit(value, path, "a list")
    ports: list[Value] = []
    for index, entry in enumerate(value):
        place = (*path, index)
        if isinstance(entry, dict):
            ports.append(entry)
        elif isinstance(entry, str) or (isinstance(entry, int) and not isinstance(entry, bool)):
            try:
                ports.extend(parse_ports(str(entry)))
            except ValueError as error:
                raise RefusalError(place, str(error), entry) from error
        else:
            raise _unfit(entry, place, "a port")
    return ports


def _external(value: Value, path: Path) -> Value:
    if value is None:
        return None
    resource = _mapping(value, path)
    external = resource.get("external")
    if isinstance(external, dict):
        resource["external"] = True
        if "name" in external:
            if "name" in resource and not same(resource["name"], external["name"]):
                raise RefusalError((*path, "external", "name"), "differs from 'name'; set only 'name'")
            resource["name"] = external["name"]
    return resource


def _container(prefix: str) -> dict[str, Transform]:
    source = _long(lambda text: {"source": text})
    transforms: dict[str, Transform] = {
        "env_file": _env_files,
        "label_file": _string_or_list,
        "gpus": _gpus,
        "networks": _names_to_mapping,
        "models": _names_to_mapping,
        "volumes.*": _long(_mount),
        "dns": _string_or_list,
        "devices.*": _long(parse_device),
        "secrets.*": source,
        "configs.*": source,
        "ulimits.*": _ulimit,
    }
    return {f"{prefix}.{key}": transform for key, transform in transforms.items()}


def _workload(prefix: str) -> dict[str, Transform]:
    transforms: dict[str, Transform] = {
        "build": _long(lambda text: {"context": text}),
        "build.secrets.*": _long(lambda text: {"source": text}),
        "build.provenance": _bool_as_text,
        "build.sbom": _bool_as_text,
        "build.additional_contexts": _key_values,
        "build.ssh": _ssh,
        "build.ulimits.*": _ulimit,
        "depends_on": _depends_on,
        "extends": _long(lambda text: {"service": text}),
        "ports": _ports,
    }
    return {f"{prefix}.{key}": transform for key, transform in transforms.items()}


_TRANSFORMS: Rules[Transform] = rules_of(
    {
        **_container("services.*"),
        **_container("jobs.*"),
        **_container("services.*.pre_start.*"),
        **_workload("services.*"),
        **_workload("jobs.*"),
        "jobs.*.triggers.schedule.*": _long(lambda text: {"cron": text}),
        "services.*.develop.watch.*.ignore": _string_or_list,
        "services.*.develop.watch.*.include": _string_or_list,
        **{f"{section}.*": _external for section in ("volumes", "networks", "secrets", "configs")},
    }
)


def walk(value: Value, rules: Rules[Transform], path: Path = ()) -> Value:
    """Applies a rule wherever one stands, the outer one first, and goes below wherever there are more."""
    if rules.rule is not None:
        value = rules.rule(value, path)
    if isinstance(value, dict):
        for key, entry in list(value.items()):
            if (below := rules.below(key)) is not None:
                value[key] = walk(entry, below, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            if (below := rules.below(index)) is not None:
                value[index] = walk(entry, below, (*path, index))
    return value


def canonical(model: dict[str, Value]) -> dict[str, Value]:
    """Every short form of the model becomes its long form, in place.

    Raises:
        RefusalError: A short form cannot be read.
    """
    walk(model, _TRANSFORMS)
    for section in ("services", "jobs"):
        containers = model.get(section)
        for container in containers.values() if isinstance(containers, dict) else ():
            servers = container.get("dns") if isinstance(container, dict) else None
            if isinstance(container, dict) and isinstance(servers, list):
                container["dns"] = [server for server in servers if server not in (None, "")]
    return model


def _defaults(**defaults: Value) -> Transform:
    def transform(value: Value, _path: Path) -> Value:
        return {**defaults, **value} if isinstance(value, dict) else value

    return transform


def _secret_target(value: Value, path: Path) -> Value:
    secret = _mapping(value, path)
    return {**secret, "target": secret.get("target", f"/run/secrets/{sprint(secret.get('source'))}")}


def _device_count(value: Value, path: Path) -> Value:
    device = _mapping(value, path)
    return device if "count" in device or "device_ids" in device else {**device, "count": "all"}


def _bind(value: Value, path: Path) -> Value:
    return {"create_host_path": True, **_mapping(value, path)}


_DEFAULTS: Rules[Transform] = rules_of(
    {
        f"{section}.*.{key}": transform
        for section in ("services", "jobs")
        for key, transform in (
            ("build", _defaults(context=".")),
            ("secrets.*", _secret_target),
            ("ports.*", _defaults(protocol="tcp", mode="ingress")),
            ("gpus.*", _device_count),
            ("volumes.*.bind", _bind),
        )
    }
    | {"services.*.deploy.resources.reservations.devices.*": _device_count}
)


def set_defaults(model: dict[str, Value]) -> dict[str, Value]:
    """Sets what is not set and has a default, in place.

    Raises:
        RefusalError: A value is of a kind that cannot hold its default.
    """
    walk(model, _DEFAULTS)
    return model
