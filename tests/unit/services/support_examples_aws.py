"""An example of every key that has an effect on AWS."""

from collections.abc import Mapping
from typing import Final

from tests.unit.services.support_examples import Example, web

EXAMPLES: Final[Mapping[str, Example]] = {
    "services.*.command": web(command=["serve"]),
}
"""Pattern of a key -> an example of it."""
