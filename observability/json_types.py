"""JSON documents of other programs' forms: rendered here, held against those programs' own parsers in the tests."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Value: TypeAlias = Any
Json: TypeAlias = Mapping[str, Value]
