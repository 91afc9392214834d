"""What the engine tells while it works, kept for the end: problems and warnings in the reader's words, changes."""

import re
from collections.abc import Callable

from pulumi.automation.events import EngineEvent

OnEvent = Callable[[EngineEvent], None]

_COLOUR = re.compile(r"<\{%[^%]*%\}>")
_CONSEQUENCE = re.compile(r"property \S+ value output<[^>]*>\{\} has a problem")
"""A value that never came is found wrong: what it was to come from failed, and is told of itself."""
_EMPTY_PHRASES = ("update failed", "preview failed", "refresh failed", "destroy failed", "resource registration failed")


class Watch:
    """Hands events on and keeps what a failure has to tell."""

    def __init__(self, on_event: OnEvent | None) -> None:
        self._on_event = on_event
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.changes: dict[str, int] = {}

    def __call__(self, event: EngineEvent) -> None:
        """An event of the engine."""
        if event.diagnostic_event is not None and not event.diagnostic_event.ephemeral:
            diagnostic = event.diagnostic_event
            text = _COLOUR.sub("", diagnostic.message).strip()
            if diagnostic.severity in ("error", "warning") and text and text not in _EMPTY_PHRASES:
                about = _short(diagnostic.urn)
                line = f"{about}: {text}" if about else text
                kept = self.problems if diagnostic.severity == "error" else self.warnings
                if not any(earlier in line for earlier in kept):
                    kept.append(line)
        if event.summary_event is not None:
            changes = event.summary_event.resource_changes
            self.changes = {str(getattr(op, "value", op)): count for op, count in changes.items()}
        if self._on_event is not None:
            self._on_event(event)

    @property
    def causes(self) -> list[str]:
        """The problems that are not the consequence of another."""
        return [problem for problem in self.problems if not _CONSEQUENCE.search(problem)] or self.problems


def _short(urn: str | None) -> str:
    """`aws:ec2/vpc:Vpc network` of a URN; nothing for the stack itself."""
    if not urn:
        return ""
    parts = urn.split("::", 3)
    if len(parts) < 4:
        return urn
    kind = parts[2].split("$")[-1]
    return "" if kind == "pulumi:pulumi:Stack" else f"{kind} {parts[3]}"


def last_lines(text: str, lines: int = 12) -> str:
    """The end of a text of the CLI, without colours."""
    return "\n".join(_COLOUR.sub("", text).strip().splitlines()[-lines:])
