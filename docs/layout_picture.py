"""Draws a dashboard: each panel where it is and as wide as it is, with a sketch of how it shows its values.

The picture is an SVG that loads nothing, and follows the reader's light or dark scheme. No sketch shows real values.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Final

_WIDTH: Final = 960
_MARGIN: Final = 16
_HEAD: Final = 58
_ROW: Final = 156
_GAP: Final = 8
_PADDING: Final = 12
_SKETCH_TOP: Final = 52
_CHARACTER: Final = 6.9
"""Pixels of a character of a title, at most on average."""

_STYLE: Final = """
svg { --page: #f6f8fa; --card: #ffffff; --edge: #d0d7de; --text: #1f2328; --soft: #59636e;
  --one: #2f6feb; --two: #8250df; --three: #1a7f37; --bad: #cf222e; --faint: #e4e8ec; }
@media (prefers-color-scheme: dark) {
  svg { --page: #0d1117; --card: #161b22; --edge: #30363d; --text: #e6edf3; --soft: #9198a1;
    --one: #4493f8; --two: #ab7df8; --three: #3fb950; --bad: #f85149; --faint: #262c34; }
}
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: var(--text); }
.page { fill: var(--page); } .card { fill: var(--card); stroke: var(--edge); }
.board { font-size: 17px; font-weight: 600; } .title { font-size: 12px; font-weight: 600; }
.soft { font-size: 11px; fill: var(--soft); } .value { font-size: 34px; font-weight: 300; }
.line { fill: none; stroke-width: 2; } .axis { stroke: var(--edge); } .faint { fill: var(--faint); }
.one { fill: var(--one); } .two { fill: var(--two); } .three { fill: var(--three); } .bad { fill: var(--bad); }
.line.one { fill: none; stroke: var(--one); } .line.two { fill: none; stroke: var(--two); }
.limit { stroke: var(--bad); stroke-dasharray: 5 4; }
"""


class Sketch(StrEnum):
    """How a panel shows its values."""

    LINES = "lines over time"
    NUMBER = "number"
    TABLE = "table"
    STATES = "states over time"
    BARS = "bars over time"
    RANKING = "most frequent values"
    DOCUMENTS = "documents"


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A panel: its place in columns and rows of panels, and what is written on it.

    `names` are the columns of documents, or the legends of values; `split` says whether there are several series;
    `limit` is where a threshold is drawn in, as a share of the height.
    """

    title: str
    sketch: Sketch
    unit: str
    column: int
    row: int
    width: int
    names: Sequence[str] = ()
    split: bool = False
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class _Box:
    """Where a sketch has room, in pixels."""

    left: float
    top: float
    width: float
    height: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The point at these shares of the width and, from below, of the height."""
        return self.left + x * self.width, self.top + (1 - y) * self.height


def picture(title: str, question: str, columns: int, tiles: Sequence[Tile]) -> str:
    """The whole picture of a dashboard whose rows have `columns` columns."""
    rows = 1 + max(tile.row for tile in tiles)
    height = _HEAD + rows * _ROW + _MARGIN
    body = "\n".join(line for tile in tiles for line in _tile(tile, columns))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(f"Layout of the dashboard {title}")}">\n'
        "<!-- This picture is generated from the code: make docs -->\n"
        f"<style>{_STYLE}</style>\n"
        f'<rect class="page" width="{_WIDTH}" height="{height}" rx="8"/>\n'
        f'<text class="board" x="{_MARGIN}" y="27">{escape(title)}</text>\n'
        f'<text class="soft" x="{_MARGIN}" y="46">{escape(question)}</text>\n'
        f"{body}\n</svg>\n"
    )


def _tile(tile: Tile, columns: int) -> Iterator[str]:
    scale = (_WIDTH - 2 * _MARGIN + _GAP) / columns
    left, top = _MARGIN + tile.column * scale, _HEAD + tile.row * _ROW
    width, height = tile.width * scale - _GAP, _ROW - _GAP
    yield f'<rect class="card" x="{left:.1f}" y="{top}" width="{width:.1f}" height="{height}" rx="5"/>'
    room = width - 2 * _PADDING
    yield _text("title", left + _PADDING, top + 22, _cut(tile.title, room))
    yield _text("soft", left + _PADDING, top + 38, _cut(" · ".join(filter(None, (tile.sketch, tile.unit))), room))
    box = _Box(left=left + _PADDING, top=top + _SKETCH_TOP, width=room, height=height - _SKETCH_TOP - _PADDING)
    yield from _DRAWN[tile.sketch](tile, box)


def _cut(text: str, room: float) -> str:
    most = int(room / _CHARACTER)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _bar(kind: str, box: _Box, x: float, y: float, width: float, height: float) -> str:
    """A rectangle whose lower left corner and size are shares of the box."""
    left, top = box.at(x, y + height)
    size = f'width="{width * box.width:.1f}" height="{height * box.height:.1f}"'
    return f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" {size} rx="1.5"/>'


def _rule(kind: str, box: _Box, y: float) -> str:
    (left, top), (right, _) = box.at(0, y), box.at(1, y)
    return f'<line class="{kind}" x1="{left:.1f}" y1="{top:.1f}" x2="{right:.1f}" y2="{top:.1f}"/>'


_COURSES: Final[Mapping[str, Sequence[float]]] = {
    "one": (0.30, 0.34, 0.31, 0.42, 0.38, 0.52, 0.47, 0.60, 0.50, 0.44, 0.40, 0.43),
    "two": (0.16, 0.18, 0.15, 0.20, 0.22, 0.19, 0.26, 0.24, 0.28, 0.23, 0.21, 0.24),
}


def _lines(tile: Tile, box: _Box) -> Iterator[str]:
    plot = _Box(left=box.left, top=box.top, width=box.width, height=box.height - 16)
    yield _rule("axis", plot, 0)
    if tile.limit is not None:
        yield _rule("limit", plot, tile.limit)
    for kind, course in list(_COURSES.items())[: 2 if tile.split else 1]:
        points = [plot.at(number / (len(course) - 1), value) for number, value in enumerate(course)]
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<polyline class="line {kind}" points="{joined}"/>'
    yield _legend(tile, box)


def _legend(tile: Tile, box: _Box) -> str:
    left, bottom = box.at(0, 0)
    return _text("soft", left, bottom + 4, _cut("  ".join(f"— {name}" for name in tile.names), box.width * 1.1))


def _number(tile: Tile, box: _Box) -> Iterator[str]:
    x, y = box.at(0, 0.3)
    yield _text("value", x, y, "n")
    yield _text("soft", x + 28, y, tile.unit)
    yield _legend(tile, box)


def _table(tile: Tile, box: _Box) -> Iterator[str]:
    yield _rule("axis", box, 0.86)
    for number, share in enumerate((0.34, 0.26, 0.30, 0.20)):
        y = 0.62 - number * 0.2
        yield _bar("faint", box, 0, y, share, 0.12)
        yield _bar("bad" if tile.limit is not None and number == 0 else "one", box, 0.8, y, 0.16, 0.12)


def _states(_: Tile, box: _Box) -> Iterator[str]:
    for row, pause in enumerate((0.35, None, 0.7)):
        y = 0.68 - row * 0.3
        yield _bar("three", box, 0, y, 1, 0.2)
        if pause is not None:
            yield _bar("bad", box, pause, y, 0.07, 0.2)


_COUNTS: Final = (0.35, 0.42, 0.38, 0.55, 0.48, 0.66, 0.80, 0.62, 0.50, 0.44, 0.52, 0.40, 0.46, 0.36)


def _bars(tile: Tile, box: _Box) -> Iterator[str]:
    step = 1 / len(_COUNTS)
    for number, count in enumerate(_COUNTS):
        yield _bar("one", box, number * step, 0, step * 0.72, count)
        if tile.split:
            yield _bar("two", box, number * step, count, step * 0.72, count * 0.22)
    yield _rule("axis", box, 0)


def _ranking(_: Tile, box: _Box) -> Iterator[str]:
    for number, share in enumerate((0.95, 0.62, 0.44, 0.27, 0.15)):
        y = 0.84 - number * 0.2
        yield _bar("faint", box, 0, y, 0.28, 0.11)
        yield _bar("one", box, 0.34, y, 0.66 * share, 0.11)


def _documents(tile: Tile, box: _Box) -> Iterator[str]:
    step = 1 / max(1, len(tile.names))
    for number, name in enumerate(tile.names):
        x, y = box.at(number * step, 0.9)
        yield _text("soft", x, y, _cut(name, box.width * step))
    yield _rule("axis", box, 0.8)
    for row in range(4):
        for number in range(len(tile.names)):
            share = step * (0.5 + 0.12 * ((row + 2 * number) % 4))
            yield _bar("faint", box, number * step, 0.6 - row * 0.19, share, 0.09)


_DRAWN: Final[Mapping[Sketch, Callable[[Tile, _Box], Iterator[str]]]] = {
    Sketch.LINES: _lines,
    Sketch.NUMBER: _number,
    Sketch.TABLE: _table,
    Sketch.STATES: _states,
    Sketch.BARS: _bars,
    Sketch.RANKING: _ranking,
    Sketch.DOCUMENTS: _documents,
}
