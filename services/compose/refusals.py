"""Every reason to refuse a project, not the first alone.

Whether a project is refused, the load itself decides, which ends at its first refusal. Then it runs once more for the
reader: what a stage refuses is taken out of the model and the stage runs anew, so that it and those after it judge the
rest. A refusal that may only follow from what was taken out is not told.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from services.compose.errors import ComposeError, Refusal, RefusalError, Sources
from services.compose.values import Path, Value, clone_mapping

if TYPE_CHECKING:
    from services.compose.project import Project

Result = TypeVar("Result")

MAX_REFUSALS = 100
"""More of them nobody reads at once, and each costs another run of its stage."""


class Stages:
    """How the stages of a load run: the first refusal ends it."""

    def run(self, model: dict[str, Value], stage: Callable[[dict[str, Value]], Result]) -> Result:
        """What a stage makes of a model, which it may change.

        Raises:
            RefusalError: Something in it is refused.
        """
        return stage(model)

    def judge(self, refusals: Iterable[RefusalError]) -> None:
        """Hears a stage that changes nothing.

        Raises:
            RefusalError: There is a refusal.
        """
        for refusal in refusals:
            raise refusal


class _EnoughError(Exception):
    """There are `MAX_REFUSALS`."""


@dataclass
class Gathering(Stages):
    """Runs every stage to its end, and keeps what they refuse."""

    sources: Sources
    refusals: dict[Refusal, None] = field(default_factory=dict[Refusal, None])
    _refused: set[Path] = field(default_factory=set[Path])
    _removed: dict[Path, set[int]] = field(default_factory=dict[Path, set[int]])
    """List -> where the entries stood that were taken out."""

    def run(self, model: dict[str, Value], stage: Callable[[dict[str, Value]], Result]) -> Result:
        """What a stage makes of what it does not refuse of a model.

        Raises:
            RefusalError: What it refuses cannot be taken out.
        """
        while True:
            try:
                return stage(clone_mapping(model))
            except RefusalError as refusal:
                self.note(refusal)
                if not self._take_out(model, refusal.path):
                    raise

    def judge(self, refusals: Iterable[RefusalError]) -> None:
        """Keeps every refusal."""
        for refusal in refusals:
            self.note(refusal)

    def note(self, refusal: RefusalError) -> None:
        """Keeps a refusal with its place, unless it may follow from another one."""
        path = self._written(refusal.path)
        if not self._follows(path, refusal.about):
            self.refusals[Refusal(self.sources.locate(path, refusal.value), path, refusal.text)] = None
        self._refused.add(path)
        if len(self.refusals) >= MAX_REFUSALS:
            raise _EnoughError

    def hear(self, stages: Callable[[], Result]) -> Result | None:
        """What stages give, however they end."""
        try:
            return stages()
        except RefusalError as refusal:
            self.note(refusal)
        except ComposeError as error:
            self.refusals |= dict.fromkeys(error.refusals)
        except (RecursionError, _EnoughError):
            pass
        return None

    def error(self) -> ComposeError:
        """All refusals as one error, in the order of their places."""
        told = sorted(self.refusals, key=lambda refusal: refusal.position)
        if len(told) >= MAX_REFUSALS:
            told.append(Refusal(told[-1].position, (), "there may be more: this is the last one that is told"))
        return ComposeError(*told)

    def _follows(self, path: Path, about: Collection[Path]) -> bool:
        """Whether something was refused below the path, or at or above what the refusal is about.

        Where a whole section or an included file is refused, it may have declared whatever is missing.
        """
        return any(
            (len(path) < len(other) and other[: len(path)] == path)
            or (bool(about) and (len(other) == 1 or other[:1] == ("include",)))
            or any(one[: len(other)] == other for one in about)
            for other in self._refused
        )

    def _take_out(self, model: dict[str, Value], path: Path) -> bool:
        """Removes the node at a path; whether there was one."""
        *above, last = path or ("",)
        node: Value = model
        for part in above:
            node = _child(node, part)
        if _child(node, last) is _NOTHING:
            return False
        if isinstance(node, list) and isinstance(last, int):
            *_, index = self._written(path)
            self._removed.setdefault(self._written(path[:-1]), set()).add(int(index))
            del node[last]
        elif isinstance(node, dict):
            del node[str(last)]
        return True

    def _written(self, path: Path) -> Path:
        """A path as it was before entries of its lists were taken out."""
        written: Path = ()
        for part in path:
            gone = sorted(self._removed.get(written, ()))
            written = (*written, _before(part, gone) if isinstance(part, int) else part)
        return written


def _before(index: int, removed: Iterable[int]) -> int:
    """Where an entry stood before those at these indices, in rising order, were taken out."""
    for other in removed:
        index += other <= index
    return index


_NOTHING: dict[str, Value] = {}


def _child(node: Value, part: str | int) -> Value:
    if isinstance(node, dict) and isinstance(part, str):
        return node.get(part, _NOTHING)
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return node[part]
    return _NOTHING


class RestError(ComposeError):
    """Something of a project is refused; `project` is what is left, for whoever wants to judge that, too."""

    def __init__(self, gathering: Gathering, project: "Project") -> None:
        super().__init__(*gathering.error().refusals)
        self.gathering = gathering
        self.project = project
