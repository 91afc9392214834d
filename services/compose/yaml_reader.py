"""YAML to plain values that know their line and column, with Compose's `!reset` and `!override`.

libyaml splits the text into events; everything above is ours, because go-yaml's rules differ from PyYAML's (scalars,
repeated anchors, duplicate keys) and because a file must not be able to grow without bound through its aliases.
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

from services.compose.errors import ComposeError, Position, Source
from services.compose.scalars import convert, resolve
from services.compose.values import Path, Value

MAX_BYTES = 4 << 20
MAX_NODES = 100_000
"""compose-go's own limit on the nodes of a document."""
MAX_VALUES = 300_000
"""Values of a document with its aliases followed."""
MAX_DEPTH = 100

_YAML_TAG = "tag:yaml.org,2002:"
_CONVERTED = tuple(_YAML_TAG + kind for kind in ("str", "int", "float", "bool", "null", "timestamp"))
_parse = cast("Callable[..., Iterator[Any]]", getattr(yaml, "parse"))  # noqa: B009 - PyYAML has no types
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """One node as written; `entries` of a mapping alternate keys and values."""

    kind: str
    position: Position
    tag: str | None = None
    text: str = ""
    bare: bool = False
    entries: list["Node"] = field(default_factory=list["Node"])
    target: "Node | None" = None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file: its value, where everything stands, and what it resets in earlier files."""

    value: Value
    source: Source
    resets: tuple[Path, ...]


class _Reader:
    """Builds the node trees of one file from libyaml's events."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.events = _parse(text, Loader=_PARSER)
        self.anchors: dict[str, Node] = {}
        self.count = 0

    def position(self, mark: Any) -> Position:
        return Position(self.file, mark.line + 1, mark.column + 1)

    def documents(self) -> Iterator[Node]:
        """Each document's root.

        Raises:
            ComposeError: The text is no YAML, or is larger or deeper than allowed.
        """
        try:
            for event in self.events:
                if isinstance(event, yaml.DocumentStartEvent):
                    self.anchors, self.count = {}, 0
                    yield self.node(next(self.events), 0)
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            place = self.position(mark) if mark else Position(self.file, 1, 1)
            raise ComposeError.at(place, f"this is no valid YAML: {error.problem or error.context}") from error
        except yaml.YAMLError as error:
            raise ComposeError.at(Position(self.file, 1, 1), f"this is no valid YAML: {error}") from error

    def node(self, event: Any, depth: int, *, is_key: bool = False) -> Node:
        place = self.position(event.start_mark)
        if not is_key:
            self.count += 1
        if self.count > MAX_NODES:
            raise ComposeError.at(place, f"the document has more than {MAX_NODES:,} values")
        if depth > MAX_DEPTH:
            raise ComposeError.at(place, f"lists and mappings are nested more than {MAX_DEPTH} deep")
        if isinstance(event, yaml.AliasEvent):
            name = cast("str", event.anchor)
            if name not in self.anchors:
                raise ComposeError.at(place, f"no anchor &{name} stands before this alias *{name}")
            return Node("alias", place, text=name, target=self.anchors[name])
        tag = cast("str | None", event.tag)
        if isinstance(event, yaml.ScalarEvent):
            node = Node("scalar", place, tag, cast("str", event.value), tag is None and bool(event.implicit[0]))
        else:
            node = Node("mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence", place, tag)
        if event.anchor is not None:
            self.anchors[cast("str", event.anchor)] = node
        if node.kind != "scalar":
            self.fill(node, depth)
        return node

    def fill(self, node: Node, depth: int) -> None:
        end = yaml.MappingEndEvent if node.kind == "mapping" else yaml.SequenceEndEvent
        seen: dict[str, Node] = {}
        node.open = True
        for event in self.events:
            if isinstance(event, end):
                node.open = False
                return
            is_key = node.kind == "mapping" and len(node.entries) % 2 == 0
            entry = self.node(event, depth + 1, is_key=is_key)
            if entry.target is not None and entry.target.open:
                raise ComposeError.at(entry.position, f"the anchor &{entry.text} contains itself")
            if is_key:
                if entry.text in seen and entry.kind in ("scalar", "alias"):
                    first = seen[entry.text].position
                    raise ComposeError.at(entry.position, f"key {entry.text!r} is already set in line {first.line}")
                seen[entry.text] = entry
            node.entries.append(entry)


class _Constructor:
    """Turns a node tree into values; aliases are followed each time, as every user changes its own copy."""

    def __init__(self) -> None:
        self.positions: dict[Path, Position] = {}
        self.scalars: dict[Path, Value] = {}
        self.resets: list[Path] = []
        self.count = 0
        self.alias: Position | None = None
        """The outermost alias that is being followed."""

    def value(self, node: Node, path: Path) -> Value:
        """The value of a node; notes its place and its resets."""
        self.count += 1
        if self.count > MAX_VALUES:
            place = self.alias or node.position
            raise ComposeError.at(place, f"with its aliases the document has more than {MAX_VALUES:,} values")
        if node.target is not None and self.alias is None:
            self.alias = node.position
            value = self.value(node.target, path)
            self.alias = None
            return value
        node = node.target or node
        if node.tag in ("!override", "!reset"):
            self.resets.append(path)
        if node.kind == "mapping":
            return self.mapping(node, path)
        if node.kind == "sequence":
            return self.sequence(node, path)
        scalar = self.scalar(node)
        self.scalars[path] = scalar
        return scalar

    def is_reset(self, node: Node) -> bool:
        return (node.target or node).tag == "!reset"

    def sequence(self, node: Node, path: Path) -> list[Value]:
        values: list[Value] = []
        for index, entry in enumerate(node.entries):
            if self.is_reset(entry):
                self.resets.append((*path, index))
                continue
            place = (*path, len(values))
            self.positions[place] = entry.position
            values.append(self.value(entry, place))
        return values

    def mapping(self, node: Node, path: Path) -> dict[str, Value]:
        values: dict[str, Value] = {}
        pairs = list(zip(node.entries[::2], node.entries[1::2], strict=True))
        for key, entry in pairs:
            if self.is_merge(key):
                values |= self.merged(entry, path)
        for key, entry in pairs:
            if self.is_merge(key):
                continue
            name = self.scalar(key.target or key) if (key.target or key).kind == "scalar" else None
            self.count += 1
            if not isinstance(name, str):
                raise ComposeError.at(key.position, f"a key must be text: put quotes around {key.text!r}")
            place = (*path, name)
            if self.is_reset(entry):
                self.resets.append(place)
                continue
            self.positions[place] = key.position
            values[name] = self.value(entry, place)
        return values

    def is_merge(self, key: Node) -> bool:
        return key.kind == "scalar" and key.text == "<<" and (key.bare or key.tag == f"{_YAML_TAG}merge")

    def merged(self, node: Node, path: Path) -> dict[str, Value]:
        """What `<<` brings in, read before the mapping's own keys, which win; earlier mappings win over later ones."""
        source = node.target or node
        values: dict[str, Value] = {}
        for entry in reversed(source.entries if source.kind == "sequence" else [source]):
            mapping = entry.target or entry
            if mapping.kind != "mapping":
                raise ComposeError.at(node.position, "'<<' takes a mapping or a list of mappings")
            values |= self.mapping(mapping, path)
        return values

    def scalar(self, node: Node) -> Value:
        if node.bare:
            return resolve(node.text)
        if node.tag == f"{_YAML_TAG}binary":
            try:
                return base64.b64decode(node.text, validate=False).decode("utf-8")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise ComposeError.at(node.position, f"!!binary holds no base64 text: {error}") from error
        if node.tag in _CONVERTED:
            try:
                return convert(node.tag, node.text)
            except ValueError as error:
                raise ComposeError.at(node.position, str(error)) from error
        return node.text


def decode(file: str, content: bytes) -> str:
    """The text of a file.

    Raises:
        ComposeError: It is too large, or is not UTF-8 (or UTF-16 with its mark).
    """
    start = Position(file, 1, 1)
    if len(content) > MAX_BYTES:
        raise ComposeError.at(start, f"the file has {len(content):,} bytes, more than {MAX_BYTES:,}")
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise ComposeError.at(Position(file, line, column), f"the file is not {encoding.upper()[:5]} text") from error


def read(file: str, content: bytes) -> Iterator[Document]:
    """The documents of a YAML file, one by one.

    Raises:
        ComposeError: The file is no YAML, repeats a key, or is larger than allowed.
    """
    for root in _Reader(file, decode(file, content)).documents():
        constructor = _Constructor()
        constructor.positions[()] = root.position
        value = constructor.value(root, ())
        yield Document(value, Source(constructor.positions, constructor.scalars), tuple(constructor.resets))
