"""What the reader sees: the engine's progress while it works, and a short table at the end."""

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, cast

from pulumi.automation.events import EngineEvent, StepEventMetadata
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

DONE_WORDS = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created anew",
    "delete-replaced": "deleted the old",
    "same": "unchanged",
    "read": "read",
    "import": "imported",
}
PLANNED_WORDS = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "create-replacement": "create anew",
    "delete-replaced": "delete the old",
    "same": "unchanged",
}
SIGNS = {
    "create": "+",
    "update": "~",
    "delete": "-",
    "replace": "±",
    "create-replacement": "+",
    "delete-replaced": "-",
}
STYLES = {"+": "green", "~": "yellow", "-": "red", "±": "magenta"}
QUIET = frozenset({"same", "refresh", "read"})
SHOWN_LINES = 8
TOP = "(the stack)"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One resource's finished (or, in a preview, planned) operation."""

    operation: str
    kind: str
    name: str
    component: str
    """Name of the topmost component that holds the resource."""
    keys: tuple[str, ...] = ()
    """Properties that change."""

    @property
    def line(self) -> str:
        """`+ aws:ec2/vpc:Vpc network` and the changed properties."""
        changed = f"  [{', '.join(self.keys)}]" if self.keys else ""
        return f"{SIGNS.get(self.operation, ' ')} {self.kind} {self.name}{changed}"


@dataclass
class Steps:
    """Collects an operation's steps from the engine's events. Events come from other threads."""

    steps: list[Step] = field(default_factory=list[Step])
    running: dict[str, str] = field(default_factory=dict[str, str])
    parents: dict[str, str] = field(default_factory=dict[str, str])
    lock: threading.Lock = field(default_factory=threading.Lock)
    _seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def __call__(self, event: EngineEvent) -> Step | None:
        """Takes an event in; the step that it finished, if any."""
        with self.lock:
            if event.resource_pre_event is not None:
                metadata = event.resource_pre_event.metadata
                self._learn_parent(metadata)
                quiet = event.resource_pre_event.planning or metadata.op.value in QUIET
                if not quiet and not _is_component(metadata):
                    self.running[metadata.urn] = f"{metadata.type} {_name(metadata.urn)}"
                if event.resource_pre_event.planning or _is_component(metadata):
                    return self._finish(metadata)
                return None
            if event.res_op_failed_event is not None:
                self.running.pop(event.res_op_failed_event.metadata.urn, None)
                return None
            if event.res_outputs_event is not None and not event.res_outputs_event.planning:
                metadata = event.res_outputs_event.metadata
                self.running.pop(metadata.urn, None)
                return None if _is_component(metadata) else self._finish(metadata)
        return None

    def _finish(self, metadata: StepEventMetadata) -> Step | None:
        operation = metadata.op.value
        if metadata.type == "pulumi:pulumi:Stack" or operation == "replace":
            return None
        if operation == "refresh":
            operation = "update" if metadata.detailed_diff or metadata.diffs else "same"
        step = Step(
            operation=operation,
            kind=metadata.type,
            name=_name(metadata.urn),
            component=self._component(metadata.urn),
            keys=tuple(sorted(metadata.detailed_diff or metadata.diffs or ())) if operation != "create" else (),
        )
        if (metadata.urn, operation) in self._seen:
            return None  # an `up` that refreshes first tells of a resource twice
        self._seen.add((metadata.urn, operation))
        self.steps.append(step)
        return step

    def _learn_parent(self, metadata: StepEventMetadata) -> None:
        state = metadata.new or metadata.old
        if state is not None and state.parent:
            self.parents[metadata.urn] = state.parent

    def _component(self, urn: str) -> str:
        """Name of the ancestor right below the stack; TOP for what hangs on the stack itself."""
        here = urn
        while (above := self.parents.get(here)) is not None and "pulumi:pulumi:Stack" not in _kind(above):
            here = above
        return _name(here) if here != urn or not _is_custom(urn) else TOP

    @property
    def counts(self) -> Mapping[str, int]:
        """Operation -> number of resources."""
        with self.lock:
            return Counter(step.operation for step in self.steps)


def _kind(urn: str) -> str:
    return urn.split("::", 3)[2].split("$")[-1]


def _name(urn: str) -> str:
    return urn.split("::", 3)[-1]


def _is_component(metadata: StepEventMetadata) -> bool:
    """Components need no operation: they are finished when they begin."""
    state = metadata.new or metadata.old
    return state is not None and not state.custom


def _is_custom(urn: str) -> bool:
    return "/" in _kind(urn) or _kind(urn).startswith("pulumi:providers")


def count_words(counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    """`12 created, 3 unchanged` in the order of `words`."""
    known = [f"{counts[operation]} {word}" for operation, word in words.items() if counts.get(operation)]
    return ", ".join(known) or "nothing"


class Progress:
    """Shows an operation while it runs: a live display on a terminal, one plain line a finished resource elsewhere."""

    def __init__(self, console: Console, title: str, *, planning: bool = False) -> None:
        self.console = console
        self.title = title
        self.steps = Steps()
        self.words = PLANNED_WORDS if planning else DONE_WORDS
        self.started = time.monotonic()
        self._last: deque[Step] = deque(maxlen=SHOWN_LINES)
        self._live: Live | None = None

    @property
    def seconds(self) -> float:
        """Since the operation began."""
        return time.monotonic() - self.started

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live = Live(get_renderable=self._render, console=self.console, transient=True, refresh_per_second=8)
            self._live.start()
        else:
            self.console.print(f"{self.title} ...", highlight=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
        if kind is None:
            told = count_words(self.steps.counts, self.words)
            self.console.print(f"{self.title}: {told} in {self.seconds:.1f} s", highlight=False)

    def __call__(self, event: EngineEvent) -> None:
        """Takes an event of the engine in."""
        step = self.steps(event)
        if step is None or step.operation in QUIET:
            return
        if self._live is None:
            self.console.print(step.line, highlight=False, markup=False, soft_wrap=True)
        else:
            self._last.append(step)

    def _render(self) -> RenderableType:
        with self.steps.lock:
            running = list(self.steps.running.values())
        head = f"{self.title}  {self.seconds:.0f} s  {count_words(self.steps.counts, self.words)}"
        lines = [Text(step.line, style=STYLES.get(step.line[0], ""), no_wrap=True) for step in list(self._last)]
        lines += [Text(f"… {item}", style="dim", no_wrap=True) for item in running[:4]]
        return Group(Spinner("dots", text=head), *lines)


def component_table(steps: Sequence[Step], *, planning: bool = False) -> Table:
    """Per component: how many resources met with which operation; a last row with the sum.

    The number of all of a component's resources is shown when its operations are of several kinds.
    """
    words = PLANNED_WORDS if planning else DONE_WORDS
    per_component: dict[str, Counter[str]] = defaultdict(Counter)
    for step in steps:
        per_component[step.component][step.operation] += 1
    operations = [name for name in words if any(counts[name] for counts in per_component.values())]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("component")
    mixed = len(operations) > 1
    if mixed:
        table.add_column("resources", justify="right")
    for operation in operations:
        table.add_column(words[operation], justify="right")

    def cells(counts: Counter[str]) -> list[str]:
        total = [str(counts.total())] if mixed else []
        return total + [str(counts[name] or "") for name in operations]

    for component in sorted(per_component, key=lambda name: (name == TOP, name)):
        table.add_row(component, *cells(per_component[component]))
    table.add_section()
    table.add_row("all", *cells(sum(per_component.values(), Counter[str]())), style="bold")
    return table


def output_lines(outputs: Mapping[str, Any]) -> list[str]:
    """The stack's outputs, one value a line, aligned; `name.key` for what lies in a mapping."""
    flat = dict(_flat(outputs))
    width = max((len(name) for name in flat), default=0)
    return [f"{name.ljust(width)}  {value}" for name, value in flat.items()]


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in sorted(values.items()):
        if isinstance(value, Mapping) and value:
            yield from _flat(cast("Mapping[str, Any]", value), f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
