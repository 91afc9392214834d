"""What Pulumi's own SDK classes say about a type."""

import importlib
import inspect
from collections.abc import Mapping
from functools import cache
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
        found: object = importlib.import_module(f"pulumi_{package.replace('-', '_')}")
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
def text_outputs(token: str) -> Mapping[str, str]:
    """Outputs that are always text: Python name -> wire name."""
    cls = resource_class(token)
    found: dict[str, str] = {}
    for name, member in inspect.getmembers(cls, lambda item: isinstance(item, property)):
        getter = cast("property", member).fget
        wire = getattr(getter, "_pulumi_name", None)
        if getter and isinstance(wire, str) and inspect.get_annotations(getter).get("return") == pulumi.Output[str]:
            found[name] = wire
    return found
