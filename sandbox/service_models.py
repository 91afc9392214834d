"""botocore's models of AWS services: operations, shapes, and which member a name means."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import botocore.session
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape


@cache
def session() -> botocore.session.Session:
    """The one botocore session; its loaders cache the models."""
    return botocore.session.Session()


@cache
def service_model(service: str) -> ServiceModel:
    """A service's model."""
    return session().get_service_model(service)


@cache
def operation(service: str, name: str) -> OperationModel:
    """An operation's model; an unknown name raises botocore's OperationNotFoundError."""
    return service_model(service).operation_model(name)


@cache
def input_shape(service: str, name: str) -> StructureShape:
    """What an operation takes; an empty structure where it takes nothing."""
    shape = operation(service, name).input_shape
    return shape or StructureShape("Nothing", {"type": "structure", "members": {}})


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") else name


_members: dict[int, tuple[StructureShape, dict[str, str], dict[str, str]]] = {}


def member_of(shape: StructureShape, name: str) -> str | None:
    """The member of `shape` that `name` means: exactly, or but for case and underscores, or but for a plural s."""
    found = _members.get(id(shape))
    if found is None:
        members = cast(Mapping[str, Shape], shape.members)
        plain = {_plain(member): member for member in members}
        singular: dict[str, str] = {}
        for key, member in plain.items():
            singular.setdefault(_singular(key), member)
        found = _members[id(shape)] = (shape, plain, singular)
    key = _plain(name)
    return found[1].get(key) or found[2].get(_singular(key))


def key_of(item: Mapping[str, Any], name: str) -> str | None:
    """The key of a response's structure that `name` means, by the same rule as `member_of`."""
    if name in item:
        return name
    plain = {_plain(key): key for key in item}
    singular = {_singular(key): value for key, value in plain.items()}
    return plain.get(_plain(name)) or singular.get(_singular(_plain(name)))


def shape_at(shape: Shape | None, path: str) -> Shape | None:
    """The shape of a member path below `shape`; lists are looked through. `None`: there is no such member."""
    for step in filter(None, path.split(".")):
        while isinstance(shape, ListShape):
            shape = shape.member
        if not isinstance(shape, StructureShape):
            return None
        member = member_of(shape, step)
        shape = shape.members[member] if member else None
    return shape


def is_sensitive(shape: Shape) -> bool:
    """Whether the model says that values of this shape are not to be shown."""
    return bool(cast(Mapping[str, Any], shape.metadata).get("sensitive"))


def allowed_values(shape: Shape) -> list[str]:
    """The enum of a string shape, empty when it has none."""
    return list(shape.enum) if isinstance(shape, StringShape) else []
