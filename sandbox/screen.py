"""What a command shows beside the engine's progress: tables, outputs, repairs, what to do next, what is left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.markup import escape

from sandbox.cloud import Leftovers
from sandbox.report import Progress, Step, component_table, output_lines

SHOWN_LEFTOVERS: Final = 20


@dataclass(frozen=True)
class Screen:
    """The reader's console."""

    console: Console

    def progress(self, title: str, *, planning: bool = False) -> Progress:
        """Shows the engine's work while it lasts."""
        return Progress(self.console, title, planning=planning)

    def line(self, text: str, *, whole: bool = False) -> None:
        """Prints a line; `whole` ones keep their words together for copying, however narrow the terminal."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=whole or None)

    def mended(self, text: str) -> None:
        """A repair of what an earlier command left."""
        self.console.print(f"[yellow]mended:[/] {escape(text)}", highlight=False)

    def table(self, steps: Sequence[Step], *, planning: bool = False) -> None:
        """What was done, or would be, a component a line."""
        self.console.print()
        self.console.print(component_table(steps, planning=planning))

    def warnings(self, warnings: Iterable[str]) -> None:
        """What the engine warned of."""
        for warning in warnings:
            self.console.print(f"[yellow]warning:[/] {escape(warning)}", highlight=False)

    def outputs(self, outputs: Mapping[str, object], about: str) -> None:
        """The stack's outputs, with a remark about them all."""
        if outputs:
            self.line(f"\nOutputs{about}")
            for line in output_lines(outputs):
                self.line(f"  {line}", whole=True)

    def rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """What a status consists of: name and text."""
        for name, text in rows:
            self.line(f"{name:8}{text}")

    def next_steps(self, steps: Iterable[tuple[str, str]]) -> None:
        """What can be done now: what and how."""
        self.line("\nNext")
        for what, how in steps:
            self.line(f"  {what:32}{how}")

    def leftovers(self, left: Leftovers) -> None:
        """What is still in the cloud, and what AWS itself keeps there for a while."""
        if left.left:
            self.line(f"{len(left.left)} resources are left in the cloud:")
            for path in left.left[:SHOWN_LEFTOVERS]:
                self.line(f"  {path}")
            if len(left.left) > SHOWN_LEFTOVERS:
                self.line(f"  and {len(left.left) - SHOWN_LEFTOVERS} more")
            return
        self.line("Nothing is left but what AWS itself makes.")
        for reason, count in sorted(left.kept.items()):
            self.line(f"  {count} x {reason}")
