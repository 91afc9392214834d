"""What is wrong with an application: where, what, and what to do; all of it in one error."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.compose.values import Path, dotted
from services.model import Application


@dataclass(frozen=True, slots=True)
class Problem:
    """A key that cannot stay as it is: what is wrong, then what to do."""

    path: Path
    text: str

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.text}" if self.path else self.text

    def below(self, *path: str | int) -> "Problem":
        """The same problem for a key that lies below another one."""
        return Problem((*path, *self.path), self.text)


class ApplicationError(Exception):
    """The application cannot be deployed as it is described; the text lists every reason."""

    def __init__(
        self, name: str, problems: Iterable[Problem], *, target: str = "", place: Callable[[Path], str] | None = None
    ) -> None:
        """`place` answers where a key stands, as `file:line:column: `."""
        self.problems = tuple(problems)
        self.places = tuple("" if place is None else place(problem.path) for problem in self.problems)
        count = len(self.problems)
        lines = "".join(f"\n  - {where}{problem}" for where, problem in zip(self.places, self.problems, strict=True))
        on = f" on {target}" if target else ""
        super().__init__(f"application {name!r} has {count} problem{'s' * (count > 1)}{on}:{lines}")


def refuse(application: Application, problems: Iterable[Problem], target: str = "") -> None:
    """Refuse the application if there are problems.

    Raises:
        ApplicationError: There is at least one.
    """
    if found := tuple(problems):
        raise ApplicationError(application.name, found, target=target, place=application.place)
