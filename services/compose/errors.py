"""What the loader says when it refuses a file, and what it noticed on the way."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from services.compose.values import Path, Value, dotted


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why files are not loaded: where it stands, which key it is (if one), what is wrong and what to do."""

    position: Position
    path: Path
    reason: str

    @property
    def text(self) -> str:
        """The reason behind its key."""
        return _behind(self.path, self.reason)

    def __str__(self) -> str:
        return f"{self.position}: {self.text}"


class ComposeError(ValueError):
    """Compose files, or those that they name, cannot be loaded. Its text is a line `file:line:column: reason` each."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("\n".join(map(str, refusals)))
        self.refusals = refusals

    def hide(self, hide: Callable[[str], str]) -> None:
        """Takes out of the reasons what nobody may read."""
        self.refusals = tuple(
            replace(refusal, path=hidden_path(refusal.path, hide), reason=hide(refusal.reason))
            for refusal in self.refusals
        )
        self.args = ("\n".join(map(str, self.refusals)),)

    @classmethod
    def at(cls, position: Position, reason: str) -> "ComposeError":
        """A reason that is no matter of a key."""
        return cls(Refusal(position, (), reason))

    @property
    def position(self) -> Position:
        """The first place."""
        return self.refusals[0].position

    @property
    def text(self) -> str:
        """The first reason."""
        return self.refusals[0].text


class RefusalError(Exception):
    """A reason to refuse at a path of the model; the loader turns it into a `ComposeError` with the place."""

    def __init__(self, path: Path, text: str, value: Value = None, *, about: Collection[Path] = ()) -> None:
        """`value` is what stands at the path; `about` are other paths that the reason looks at."""
        super().__init__(_behind(path, text))
        self.path = path
        self.text = text
        self.value = value
        self.about = about


def hidden_path(path: Path, hide: Callable[[str], str]) -> Path:
    """A path whose parts show nothing that nobody may read."""
    return tuple(hide(part) if isinstance(part, str) else part for part in path)


def _behind(path: Path, text: str) -> str:
    return f"{dotted(path)}: {text}" if path else text


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that is allowed but hardly meant."""

    position: Position
    text: str
    path: Path
    variable: str = ""
    """Name of the variable that is not set; empty where it is something else."""

    def __str__(self) -> str:
        return f"{self.position}: {self.text}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where each path of one YAML document stands, and what scalar stands there."""

    positions: Mapping[Path, Position]
    scalars: Mapping[Path, Value]

    def entry(self, path: Path) -> "Path | None":
        """The path of `NAME=value` or `NAME` in a list that is short for a mapping with that name."""
        name, index = path[-1], 0
        while (text := self.scalars.get((*path[:-1], index), self)) is not self:
            if isinstance(text, str) and text.partition("=")[0] == name:
                return (*path[:-1], index)
            index += 1
        return None

    def written(self, path: Path) -> str | None:
        """The text at a path; a name without a value stands for the variable of that name."""
        listed = self.entry(path)
        text = self.scalars.get(path if listed is None else listed, self)
        if listed is not None and isinstance(text, str):
            _, assigned, value = text.partition("=")
            text = value if assigned else None
        if text is None:
            return f"${{{path[-1]}}}"
        return text if isinstance(text, str) else None


@dataclass(slots=True)
class Sources:
    """Every document read so far. Merging moves list entries, so a place is found by path first and by value second."""

    main: str
    documents: list[Source] = field(default_factory=list[Source])

    def add(self, source: Source) -> None:
        """Remembers a document; later ones override earlier ones, as in the model."""
        self.documents.append(source)

    def locate(self, path: Path, value: Value = None) -> Position:
        """The place of a path, or of its nearest known ancestor; of the entry with this value in a list that moved."""
        if value is not None and not self._stands_at(path, value):
            moved = self._by_value(path, value)
            if moved is not None:
                return moved
        for length in range(len(path), 0, -1):
            for source in reversed(self.documents):
                position = source.positions.get(path[:length])
                if position is not None:
                    return position
                entry = source.entry(path[:length])
                if entry is not None:
                    return source.positions[entry]
        return Position(self.main, 1, 1)

    def written(self, path: Path) -> str | None:
        """The text at a path as the last document that has it says it."""
        texts = (source.written(path) for source in reversed(self.documents))
        return next((text for text in texts if text is not None), None)

    def _stands_at(self, path: Path, value: Value) -> bool:
        return any(source.scalars.get(path) == value for source in self.documents)

    def _by_value(self, path: Path, value: Value) -> Position | None:
        for source in reversed(self.documents):
            for candidate, scalar in source.scalars.items():
                if len(candidate) == len(path) and candidate[:-1] == path[:-1] and scalar == value:
                    return source.positions[candidate]
        return None

    def error(self, refusal: RefusalError) -> ComposeError:
        """The refusal with its place."""
        return ComposeError(Refusal(self.locate(refusal.path, refusal.value), refusal.path, refusal.text))
