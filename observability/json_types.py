"""JSON documents of other programs' forms: rendered here, held against those programs' own parsers in the tests."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import yaml

Value: TypeAlias = Any
Json: TypeAlias = Mapping[str, Value]


def as_yaml(document: Json) -> str:
    """A document as YAML, its keys in their order, a text on one line."""
    # A round trip makes plain containers of frozen ones.
    return yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False, width=1000)
