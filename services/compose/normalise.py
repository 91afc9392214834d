"""What Compose implies without saying it: the default network, names, dependencies, build files.

Source: compose-go `loader/normalize.go`.
"""

from collections.abc import Mapping

from services.compose.container_keys import CONTAINER
from services.compose.errors import RefusalError
from services.compose.merge import merge_models
from services.compose.paths import clean
from services.compose.values import Path, Value, clone_mapping, in_words, list_of, mapping_of, text_of

_NAMESPACES = ("network_mode", "ipc", "pid", "uts", "cgroup")
_SECTIONS = ("services", "jobs")
_INHERITED = frozenset(CONTAINER) - {"volumes"}


def resolve_list_environment(model: Mapping[str, Value], variables: Mapping[str, str]) -> None:
    """Gives bare names in lists of variables their value, in place."""
    for section in _SECTIONS:
        for container in mapping_of(model.get(section)).values():
            entries = mapping_of(container).get("environment")
            if isinstance(container, dict) and isinstance(entries, list):
                container["environment"] = [
                    f"{entry}={variables[entry]}" if entry in variables else entry
                    for entry in entries
                    if isinstance(entry, str)
                ]


def normalise(model: dict[str, Value], variables: Mapping[str, str]) -> dict[str, Value]:
    """Fills in what the model implies, in place. The model is canonical and has its name.

    Raises:
        RefusalError: A mount has no target.
    """
    _default_network(model)
    for section in _SECTIONS:
        for name, container in mapping_of(model.get(section)).items():
            if isinstance(container, dict):
                _container(container, (section, name), variables)
    for section in ("networks", "volumes", "configs", "secrets"):
        resources = model.get(section)
        for key, entry in list(resources.items()) if isinstance(resources, dict) else ():
            resource = mapping_of(entry)
            if resource.get("name") is None:
                resource["name"] = key if resource.get("external") is True else f"{text_of(model['name'])}_{key}"
            mapping_of(resources)[key] = resource
    return model


def _default_network(model: dict[str, Value]) -> None:
    used = False
    for section in _SECTIONS:
        for container in mapping_of(model.get(section)).values():
            if not isinstance(container, dict) or "provider" in container or "network_mode" in container:
                continue
            if not mapping_of(container.get("networks")):
                container["networks"] = {"default": None}
            used = used or "default" in mapping_of(container["networks"])
    networks = mapping_of(model.get("networks"))
    if used:
        networks.setdefault("default", None)
    if networks:
        model["networks"] = networks


def _container(container: dict[str, Value], path: Path, variables: Mapping[str, str]) -> None:
    if container.get("pull_policy") == "if_not_present":
        container["pull_policy"] = "missing"
    build = container.get("build")
    if isinstance(build, dict):
        if build.get("context") is None:
            build["context"] = "."
        if build.get("dockerfile") is None and build.get("dockerfile_inline") is None:
            build["dockerfile"] = "Dockerfile"
        if "args" in build:
            build["args"] = _resolved(build["args"], variables, keep_empty=False)
    if "environment" in container:
        container["environment"] = _resolved(container["environment"], variables, keep_empty=True)
    for index, mount in enumerate(list_of(container.get("volumes"))):
        if isinstance(mount, dict):
            target = mount.get("target")
            if not isinstance(target, str):
                raise RefusalError((*path, "volumes", index), f"needs a target, not {in_words(target)}")
            mount["target"] = clean(target)
    dependencies = mapping_of(container.get("depends_on"))
    for name, restart in _implied(container):
        started: dict[str, Value] = {"condition": "service_started", "restart": restart, "required": True}
        dependencies.setdefault(name, started)
    if dependencies:
        container["depends_on"] = dependencies
    hooks = container.get("pre_start")
    if isinstance(hooks, list):
        container["pre_start"] = [_hook(container, hook) for hook in hooks]


def _implied(container: Mapping[str, Value]) -> list[tuple[str, bool]]:
    """The services that links, shared namespaces and mounts need, and whether a restart of theirs matters."""
    implied: list[tuple[str, bool]] = []
    for link in list_of(container.get("links")):
        parts = text_of(link).split(":")
        implied.append((parts[0] if len(parts) == 2 else text_of(link), True))
    for namespace in _NAMESPACES:
        shared = text_of(container.get(namespace))
        if shared.startswith("service:"):
            implied.append((shared.removeprefix("service:"), True))
    for source in list_of(container.get("volumes_from")):
        if not text_of(source).startswith("container:"):
            implied.append((text_of(source).split(":")[0], False))
    return implied


def _hook(container: Mapping[str, Value], hook: Value) -> Value:
    """A hook before the start runs in a container like the service's own, but for its mounts."""
    if not isinstance(hook, dict):
        return hook
    inherited = {key: value for key, value in container.items() if key in _INHERITED}
    base: dict[str, Value] = {"services": {"hook": clone_mapping(inherited)}}
    merged = merge_models(base, {"services": {"hook": hook}})
    return mapping_of(merged["services"])["hook"]


def _resolved(value: Value, variables: Mapping[str, str], *, keep_empty: bool) -> Value:
    """Variables without a value take that of the surroundings; what has none there stays only if `keep_empty`."""
    if isinstance(value, dict):
        resolved: dict[str, Value] = {}
        for key, entry in value.items():
            known = variables.get(key) if entry is None else entry
            if known is not None or keep_empty:
                resolved[key] = known
        return resolved
    entries: list[Value] = []
    for entry in list_of(value):
        name = text_of(entry)
        if "=" in name:
            entries.append(name)
        elif name in variables:
            entries.append(f"{name}={variables[name]}")
        elif keep_empty:
            entries.append(name)
    return entries
