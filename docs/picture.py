"""`make up 2>&1 | python -m docs.picture`: draws docs/images/make-up.svg, the terminal after `make up`.

Only what stays to be read is drawn: not the lines of single resources, nor those of the set-up. Run it on a fresh
sandbox, so that everything is created.
"""

import io
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parent / "images" / "make-up.svg"
COLUMNS = 110
HEADINGS = ("component ", "all ", "Outputs", "Next")


def drawn(lines: Iterable[str]) -> list[str]:
    """The lines of a log that belong into the picture."""
    kept = (line.rstrip() for line in lines)
    return [line for line in kept if not line.startswith(("+ ", "~ ", "- ", "make")) and not line.endswith(" ...")]


def render(lines: Iterable[str]) -> str:
    """The picture: SVG of a terminal."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ make up", style="bold green"))
    for line in drawn(lines):
        style = "bold" if line.startswith(HEADINGS) else ""
        console.print(Text(line, style=style, overflow="ellipsis", no_wrap=True))
    svg = console.export_svg(title="make up", unique_id="make-up")
    return re.sub(r"@font-face \{[^}]*\}\s*", "", svg)  # a picture in a page may load no font


def main() -> int:
    """Draw what standard input holds."""
    log = sys.stdin.read().splitlines()
    if not any(line.startswith("up prod: ") for line in log):
        print("docs.picture: this is no log of an up that ended well: make up 2>&1 | python -m docs.picture")
        return 1
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(render(log), encoding="utf-8")
    print(f"wrote {PICTURE.relative_to(PICTURE.parents[2])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
