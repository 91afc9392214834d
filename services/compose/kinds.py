"""What a key may hold: the check of the form that the user wrote, and the value that comes of the canonical form.

The check follows the JSON schema of the specification, the value what compose-go's Go types make of it.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.compose.conversions import unfit
from services.compose.errors import RefusalError
from services.compose.values import Path, Value, fingerprint, kind_of, plain, sprint


class Kind:
    """The kind of a key's value. The base class judges by form alone and changes nothing."""

    forms: tuple[str, ...]
    """The JSON kinds that the user may write; empty for any."""
    zero_counts: bool
    """Whether 0, an empty text and the like differ from a key that is not there."""

    def accepts(self, value: Value) -> bool:
        """Whether the value is of a kind that the user may write here."""
        kind = kind_of(value)
        return not self.forms or kind in self.forms or (kind == "integer" and "number" in self.forms)

    def check(self, value: Value, path: Path) -> None:
        """Judges what the user wrote.

        Raises:
            RefusalError: The value is not what the specification allows here.
        """
        if not self.accepts(value):
            raise unfit(value, path, self.forms)

    def decode(self, value: Value, path: Path) -> Value:
        """The value in the project; the argument is canonical.

        Raises:
            RefusalError: The text is not what it must stand for.
        """
        _ = path
        return plain(value)

    def counts(self, value: Value) -> bool:
        """Whether a decoded value is to be kept."""
        return value is not None and (self.zero_counts or value not in (0, "", False, [], {}))


def _none_of(choices: Sequence[str], value: Value, path: Path) -> RefusalError:
    one_of = "one of " if len(choices) > 1 else ""
    return RefusalError(path, f"{sprint(value)!r} is not possible here: write {one_of}{', '.join(choices)}", value)


@dataclass(frozen=True)
class Scalar(Kind):
    """Text, number or boolean; `convert` makes the value of it, or raises ValueError."""

    forms: tuple[str, ...]
    convert: Callable[[Value], Value]
    zero_counts: bool = False
    choices: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    minimum: int | None = None
    maximum: int | None = None

    def check(self, value: Value, path: Path) -> None:
        """As the base class; also choices, pattern and bounds."""
        super().check(value, path)
        if self.choices and value is not None and value not in self.choices:
            raise _none_of(self.choices, value, path)
        if self.pattern is not None and isinstance(value, str) and self.pattern.search(value) is None:
            raise RefusalError(path, f"{value!r} does not have the form {self.pattern.pattern}", value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            if self.minimum is not None and value < self.minimum:
                raise RefusalError(path, f"{value} is less than {self.minimum}", value)
            if self.maximum is not None and value > self.maximum:
                raise RefusalError(path, f"{value} is more than {self.maximum}", value)

    def decode(self, value: Value, path: Path) -> Value:
        """What `convert` makes of the value; nothing stays nothing."""
        if value is None:
            return None
        try:
            return self.convert(value)
        except ValueError as error:
            raise RefusalError(path, str(error), value) from error


@dataclass(frozen=True)
class ListOf(Kind):
    """A list; one entry may stand alone where `single` says so."""

    item: Kind
    unique: bool = False
    single: bool = False
    forms: tuple[str, ...] = ("array",)
    zero_counts: bool = False

    def accepts(self, value: Value) -> bool:
        """A list, or one entry alone."""
        return isinstance(value, list) or (self.single and self.item.accepts(value))

    def check(self, value: Value, path: Path) -> None:
        """Each entry, and that none repeats where that is not allowed."""
        if self.single and not isinstance(value, list):
            self.item.check(value, path)
            return
        if not isinstance(value, list):
            raise unfit(value, path, self.forms)
        seen: set[str] = set()
        for index, entry in enumerate(value):
            self.item.check(entry, (*path, index))
            mark = _mark(entry)
            if self.unique and mark in seen:
                raise RefusalError((*path, index), f"repeats an earlier entry: {sprint(entry)!r}", entry)
            seen.add(mark)

    def decode(self, value: Value, path: Path) -> Value:
        """Each entry decoded."""
        if value is None:
            return None
        entries = value if isinstance(value, list) else [value]
        return [self.item.decode(entry, (*path, index)) for index, entry in enumerate(entries)]


def _mark(entry: Value) -> str:
    """What is equal for entries that JSON schema takes for equal: `1` is `1.0`, but not `true`."""
    if isinstance(entry, float) and entry.is_integer():
        entry = int(entry)
    return fingerprint(plain(entry))


@dataclass(frozen=True)
class MapOf(Kind):
    """A mapping with keys of the user's choice."""

    item: Kind
    names: re.Pattern[str] | None = None
    closed: bool = False
    nullable: bool = False
    """Whether an entry without a value stays as null."""
    forms: tuple[str, ...] = ("object",)
    zero_counts: bool = False

    def check(self, value: Value, path: Path) -> None:
        """Each entry whose name has the form; any other name is refused, or passed over when the mapping is open."""
        if not isinstance(value, dict):
            raise unfit(value, path, self.forms)
        for key, entry in value.items():
            if self.names is None or self.names.fullmatch(key):
                if not (self.nullable and entry is None):
                    self.item.check(entry, (*path, key))
            elif self.closed:
                raise RefusalError((*path, key), f"{key!r} is no name: it must have the form {self.names.pattern}")

    def decode(self, value: Value, path: Path) -> Value:
        """Each entry decoded."""
        if not isinstance(value, dict):
            return None
        return {key: self.item.decode(entry, (*path, key)) for key, entry in value.items()}


@dataclass(frozen=True)
class Short(Kind):
    """A kind that also has a short form: what `forms` say."""

    long: Kind
    forms: tuple[str, ...] = ("string",)
    choices: tuple[str, ...] = ()
    zero_counts: bool = True
    short: Kind | None = None
    """How the short form is judged, when its kind alone does not say enough."""

    def accepts(self, value: Value) -> bool:
        """Either form."""
        return super().accepts(value) or self.long.accepts(value)

    def check(self, value: Value, path: Path) -> None:
        """The long form by its kind; of the short one only the kind and the choices."""
        if not super().accepts(value):
            if not self.long.accepts(value):
                raise unfit(value, path, (*self.forms, *self.long.forms))
            self.long.check(value, path)
        elif self.short is not None:
            self.short.check(value, path)
        elif self.choices and value not in self.choices:
            raise _none_of(self.choices, value, path)

    def decode(self, value: Value, path: Path) -> Value:
        """The canonical model has long forms only."""
        return self.long.decode(value, path)

    def counts(self, value: Value) -> bool:
        """As the long form."""
        return self.long.counts(value)


@dataclass(frozen=True)
class Struct(Kind):
    """A mapping whose keys the specification names."""

    keys: Mapping[str, Kind]
    extensible: bool = True
    """Whether `x-` keys may stand here."""
    open: bool = False
    """Whether keys that the specification does not name are passed over."""
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    """Keys of which at least one must be there."""
    always: Mapping[str, Value] = field(default_factory=dict[str, Value])
    """What stands in the project even when the key is not set."""
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    null: bool = False
    forms: tuple[str, ...] = ("object",)
    zero_counts: bool = True

    def check(self, value: Value, path: Path) -> None:
        """Each key; unknown keys are refused with the nearest known one."""
        if value is None and self.null:
            return
        if not isinstance(value, dict):
            raise unfit(value, path, self.forms)
        for key, entry in value.items():
            kind = self.keys.get(key)
            if kind is not None:
                kind.check(entry, (*path, key))
            elif not (self.extensible and key.startswith("x-")) and not self.open:
                raise RefusalError((*path, key), f"is no key of the Compose Specification{self.nearest(key)}")
        for key in self.required:
            if key not in value:
                raise RefusalError(path, f"needs the key {key!r}")
        if self.one_of and not any(key in value for key in self.one_of):
            raise RefusalError(path, f"needs {' or '.join(self.one_of)}")

    def accepts(self, value: Value) -> bool:
        """A mapping, or nothing where that is allowed."""
        return isinstance(value, dict) or (self.null and value is None)

    def nearest(self, key: str) -> str:
        """The known key that looks most like this one, in words."""
        near = difflib.get_close_matches(key, self.keys, 1)
        return f"; did you mean {near[0]!r}?" if near else ""

    def decode(self, value: Value, path: Path) -> Value:
        """Each known key decoded, and the extension fields as they are."""
        if not isinstance(value, dict):
            return None
        decoded: dict[str, Value] = {}
        for key, entry in value.items():
            kind = self.keys.get(key)
            if kind is None:
                if self.extensible and key.startswith("x-"):
                    decoded[key] = plain(entry)
                continue
            result = kind.decode(entry, (*path, key))
            if kind.counts(result) or key in self.always:
                decoded[self.renamed.get(key, key)] = result
        for key, default in self.always.items():
            name = self.renamed.get(key, key)
            if decoded.get(name) is None:
                decoded[name] = plain(default)
        return decoded

    def counts(self, value: Value) -> bool:
        """A mapping counts even when it is empty."""
        return value is not None
