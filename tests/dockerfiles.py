"""The images that this repository builds: those of services, of observability, and of what prepares a task on AWS.

Not those that users are shown (`docs/examples`), and not what stands in for official images (`tools/docker_engine`).
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[1]
IGNORED: Final = ".dockerignore"


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile, and what it says of its bases."""

    path: str
    """Seen from the project."""

    def __str__(self) -> str:
        """Name it in a test's."""
        return self.path

    @property
    def context(self) -> str:
        """The folder that it is built from: the nearest, from its own upwards, that says what of it is sent."""
        folders = [folder for folder in Path(self.path).parents if (PROJECT / folder / IGNORED).exists()]
        assert folders, f"{self.path}: neither its folder nor one above has a {IGNORED}"
        return folders[0].as_posix()

    @cached_property
    def text(self) -> str:
        """Its text, build arguments in FROM lines replaced by their defaults."""
        text = (PROJECT / self.path).read_text(encoding="utf-8")
        arguments = dict(re.findall(r"^ARG (\w+)=(\S+)", text, re.MULTILINE))
        return re.sub(
            r"^FROM .*", lambda line: re.sub(r"\$\{(\w+)\}", lambda name: arguments[name[1]], line[0]), text, flags=re.M
        )

    @property
    def bases(self) -> list[str]:
        """The images that its stages begin from, the last stage's last."""
        stages = set(re.findall(r"^FROM .* AS (\S+)", self.text, re.MULTILINE))
        named: list[str] = re.findall(r"^FROM (?:--\S+ )*(\S+)", self.text, re.MULTILINE)
        return [base for base in named if base not in stages]


DOCKERFILES: Final = tuple(
    Dockerfile(path.relative_to(PROJECT).as_posix())
    for folder in ("observability", "services")
    for path in sorted((PROJECT / folder).rglob("Dockerfile"))
    if "node_modules" not in path.parts
)
