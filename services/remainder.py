"""What is left of an application whose files are refused: the keys that stand are judged all the same."""

import json
from collections.abc import Iterator
from typing import Final

from pydantic import ValidationError

from components.bad_values import path_of
from services.compose.values import Path, Value, clone_mapping, mapping_of
from services.model import Application
from services.problems import Problem
from services.support import rejected

_ROUNDS: Final = 5
"""How often the model is typed anew; what a check of a whole element refuses comes to light when its keys are right."""
_SOME_IMAGE: Final = "image"
"""For a service whose own is refused: no target refuses the key."""

_KEY_OF_A_SERVICE: Final = 3
"""Length of the path of a service's key, as `services.web.image`."""


def remainder(model: dict[str, Value]) -> Application | None:
    """Type a model without those keys of services that cannot be typed; None when it is other keys that cannot."""
    left = clone_mapping(model)
    for service in map(mapping_of, mapping_of(left.get("services")).values()):
        if not {"image", "build"} & service.keys():
            service["image"] = _SOME_IMAGE
    for _ in range(_ROUNDS):
        try:
            return Application.model_validate_json(json.dumps(left))
        except ValidationError as error:
            refused = {path_of(details)[:_KEY_OF_A_SERVICE] for details in error.errors()}
        for path in refused:
            if len(path) < _KEY_OF_A_SERVICE or path[0] != "services":
                return None
            _, service, key = map(str, path)
            _ = mapping_of(mapping_of(left["services"]).get(service)).pop(key, None)
    return None


def refused_keys(left: Application, refused: set[Path], target: str) -> Iterator[Problem]:
    """The keys that a target cannot do, whatever the refused ones are to say.

    Entries of lists are passed over, as those before them may be missing, and so are services whose `x-aws` is
    refused, as it may say that a service has no container there.
    """
    unclear = {path[1] for path in refused if path[:1] == ("services",) and path[2:3] == ("x-aws",)}
    for problem in rejected(left, target):
        if problem.path[1:2] and problem.path[1] not in unclear and not any(isinstance(p, int) for p in problem.path):
            yield problem
