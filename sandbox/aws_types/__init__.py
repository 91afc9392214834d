"""The AWS types and functions that the sandbox knows, one module a service."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from sandbox.aws_types.base import AwsType, Function

_T = TypeVar("_T", AwsType, Function)


def _registry(entries: Iterable[_T]) -> Mapping[str, _T]:
    found: dict[str, _T] = {}
    for entry in entries:
        if entry.token in found:
            raise ValueError(f"sandbox/aws_types declares {entry.token} twice")
        found[entry.token] = entry
    return MappingProxyType(found)


_MODULES: Final = [
    importlib.import_module(f"{__name__}.{module.name}")
    for module in pkgutil.iter_modules(__path__)
    if module.name not in ("base", "templates")
]

REGISTRY: Final[Mapping[str, AwsType]] = _registry(
    aws_type for module in _MODULES for aws_type in getattr(module, "TYPES", ())
)
"""Type token -> type: the TYPES of every module here."""

FUNCTIONS: Final[Mapping[str, Function]] = _registry(
    function for module in _MODULES for function in getattr(module, "FUNCTIONS", ())
)
"""Function token -> function: the FUNCTIONS of every module here."""
