"""What is wrong with an application: where, what, and what to do; all of it in one error."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from services.compose.errors import hidden_path
from services.compose.values import Path, dotted
from services.model import Application


@dataclass(frozen=True, slots=True)
class Problem:
    """A key that cannot stand as it is: what is wrong, then what to do."""

    path: Path
    text: str
    place: str = ""
    """`file:line:column: `, where it is known better than by the path."""

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.text}" if self.path else self.text

    def below(self, *path: str | int) -> "Problem":
        """The same problem for a key that lies below another one."""
        return Problem((*path, *self.path), self.text, self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What is wrong at one place, which several services share that have it from an anchor or from `extends`."""

    place: str
    """`file:line:column`; empty where no file says it."""
    paths: Sequence[Path]
    text: str

    def __str__(self) -> str:
        first, *others = self.paths
        also = f" (and {', '.join(_beside(first, other) for other in others)})" if others else ""
        return ": ".join(filter(None, (self.place, f"{dotted(first)}{also}", self.text)))


def _beside(first: Path, other: Path) -> str:
    """A key beside another one: its service, when nothing else tells them apart."""
    is_same_elsewhere = first[:1] == other[:1] == ("services",) and first[2:] == other[2:]
    return str(other[1]) if is_same_elsewhere else dotted(other)


def reasons(problems: Iterable[Problem], place: Callable[[Path], str] | None = None) -> list[Reason]:
    """The problems, those that say the same of one place as one; in their order."""
    paths: dict[tuple[str, str, Path], dict[Path, None]] = {}
    for problem in problems:
        where = problem.place or ("" if place is None else place(problem.path))
        paths.setdefault((where, problem.text, () if where else problem.path), {})[problem.path] = None
    return [
        Reason(place=where.removesuffix(": "), paths=tuple(found), text=text)
        for (where, text, _), found in paths.items()
    ]


class ApplicationError(Exception):
    """The application cannot be deployed as it is described; the text lists every reason."""

    def __init__(
        self,
        name: str,
        problems: Iterable[Problem],
        *,
        target: str = "",
        place: Callable[[Path], str] | None = None,
        left: Application | None = None,
    ) -> None:
        """`place` answers where a key stands, as `file:line:column: `; `left` is what nothing is wrong with."""
        self.left = left
        self.problems = tuple(problems)
        self.reasons = found = reasons(self.problems, place)
        lines = "".join(f"\n  - {reason}" for reason in found)
        on = f" on {target}" if target else ""
        super().__init__(f"application {name!r} has {len(found)} problem{'s' * (len(found) > 1)}{on}:{lines}")

    def hide(self, hide: Callable[[str], str]) -> None:
        """Take out of the reasons what nobody may read."""
        self.problems = tuple(
            replace(problem, path=hidden_path(problem.path, hide), text=hide(problem.text)) for problem in self.problems
        )
        self.reasons = [
            replace(reason, paths=[hidden_path(path, hide) for path in reason.paths], text=hide(reason.text))
            for reason in self.reasons
        ]
        self.args = tuple(hide(str(text)) for text in self.args)


def refuse(application: Application, problems: Iterable[Problem], target: str = "") -> None:
    """Refuse the application if there are problems.

    Raises:
        ApplicationError: There is at least one.
    """
    if found := tuple(problems):
        raise ApplicationError(application.name, found, target=target, place=application.place)
