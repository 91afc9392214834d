"""What Pulumi's own SDK classes say about a type."""

import importlib
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import get_annotations
from types import FunctionType
from typing import cast

import pulumi


class UnknownTypeError(ValueError):
    """A type token that no installed SDK package declares."""


@cache
def resource_class(token: str) -> type[pulumi.Resource]:
    """Return the SDK class of a type token, as `pulumi_aws.ec2.Vpc` is that of `aws:ec2/vpc:Vpc`.

    Raises:
        UnknownTypeError: No installed package has such a class.
    """
    package, module, name = token.split(":")
    if (package, module) == ("pulumi", "providers"):
        package, module, name = name, "index", "Provider"
    try:
        # The engine's own types (`pulumi:index:Stash`) are in the SDK itself.
        library = "pulumi" if package == "pulumi" else f"pulumi_{package.replace('-', '_')}"
        found: object = importlib.import_module(library)
        if module.split("/")[0] != "index":
            found = getattr(found, module.split("/")[0])
        return cast("type[pulumi.Resource]", getattr(found, name))
    except (ImportError, AttributeError):
        raise UnknownTypeError(f"type {token!r}: no installed Pulumi package declares it") from None


@cache
def taggable(token: str) -> bool:
    """Whether resources of the type take AWS tags."""
    if not token.startswith("aws:"):
        return False
    initialiser = cast("object", vars(resource_class(token)).get("_internal_init"))
    return callable(initialiser) and "tags" in inspect.signature(initialiser).parameters


@cache
def wire_names(token: str) -> Mapping[str, str]:
    """Properties of the type: Python name -> wire name."""
    return {name: cast("str", vars(getter)["_pulumi_name"]) for name, getter in _getters(token)}


@cache
def text_outputs(token: str) -> Mapping[str, str]:
    """Properties that always have a text once the resource exists: Python name -> wire name."""
    wire = wire_names(token)
    always = {name for name, getter in _getters(token) if get_annotations(getter).get("return") == pulumi.Output[str]}
    return {name: wire[name] for name in wire if name in always}


def _getters(token: str) -> Iterator[tuple[str, FunctionType]]:
    for name, member in inspect.getmembers(resource_class(token), lambda item: isinstance(item, property)):
        getter = cast("property", member).fget
        if isinstance(getter, FunctionType) and "_pulumi_name" in vars(getter):
            yield name, getter
