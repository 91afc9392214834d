"""What the loader gives, in the forms of the model."""

import os
from collections.abc import Mapping
from typing import Final

from services.compose import Project
from services.compose.values import Value, list_of, mapping_of, text_of

_LOADED: Final = ("env_file", "label_file", "extends", "profiles")
"""Keys of a service that the loader has carried out."""


def shape(model: dict[str, Value], project: Project) -> None:
    """Bring what the loader gives into the forms of the model: what it carried out goes, paths become relative."""
    directory = str(project.directory)

    def relative(path: str) -> str:
        return os.path.relpath(path, directory)

    for service in mapping_of(model["services"]).values():
        _shape_service(mapping_of(service), mapping_of(model["services"]), directory)
    for section in ("networks", "volumes", "secrets", "configs"):
        for key, entry in mapping_of(model.get(section)).items():
            resource = mapping_of(entry)
            if resource.get("name") == f"{project.name}_{key}":
                del resource["name"]
            if "file" in resource:
                resource["file"] = relative(text_of(resource["file"]))
    for entry in mapping_of(model.get("secrets")).values():
        secret, variable = mapping_of(entry), mapping_of(entry).get("environment")
        if isinstance(variable, str) and variable in project.variables and variable not in project.secrets.names:
            secret["value"] = project.variables[variable]
            del secret["environment"]
    for entry in mapping_of(model.get("configs")).values():
        config, variable = mapping_of(entry), mapping_of(entry).get("environment")
        if isinstance(variable, str) and variable in project.variables:
            config["content"] = project.variables[variable]
            del config["environment"]


def _shape_service(service: dict[str, Value], services: Mapping[str, Value], directory: str) -> None:
    for key in _LOADED:
        service.pop(key, None)
    for key in ("environment", "networks", "models"):
        entries = mapping_of(service.get(key))
        for name, entry in list(entries.items()):
            if entry is None and key == "environment":
                del entries[name]  # named, but with no value here: docker compose leaves it out, too
            elif entry is None:
                entries[name] = {}
    dependencies = mapping_of(service.get("depends_on"))
    for name, entry in list(dependencies.items()):
        if name not in services and mapping_of(entry).get("required") is False:
            del dependencies[name]
    build = mapping_of(service.get("build"))
    if "context" in build:
        build["context"] = _below(text_of(build["context"]), directory)
    contexts = mapping_of(build.get("additional_contexts"))
    for name, context in contexts.items():
        contexts[name] = _below(text_of(context), directory)
    for mount in map(mapping_of, list_of(service.get("volumes"))):
        if mount.get("type") == "bind":
            source = text_of(mount.get("source"))
            mount["source"] = _below(source, directory) if _is_below(source, directory) else source
    for watch in map(mapping_of, list_of(mapping_of(service.get("develop")).get("watch"))):
        watch["path"] = _below(text_of(watch.get("path")), directory)


def _below(path: str, directory: str) -> str:
    """A path as seen from the project; what is no path of this machine (a URL, an image) stays."""
    return os.path.relpath(path, directory) if path.startswith("/") else path


def _is_below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(f"{directory}/")
