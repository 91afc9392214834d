"""Prints the figures: `python -m tests.bench [--stack prod] [--pairs 7] [--no-sandbox]`."""

import json
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from graph.capture import PROJECT, capture
from graph.run import record
from graph.stack_file import StackConfig
from tests.bench import compose
from tests.bench.child import Measured
from tests.bench.flat import differences, flat_program
from tests.engine.project import Project

RATIO_GOAL = 1.15
"""The program's time over that of a flat program, at most."""

SANDBOX_GOALS_SECONDS = {"up": 30.0, "preview": 5.0, "down": 20.0}
"""Command of the sandbox -> seconds, at most."""

FLAT = StackConfig(project="infra", stack="flat", values={})

console = Console()


def measure(arguments: Sequence[str], runs: int) -> Measured:
    """Run one measured process."""
    command = [sys.executable, "-m", "tests.bench.child", *arguments, str(runs)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise typer.Exit(_failed(" ".join(arguments), done.stderr))
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _failed(what: str, text: str) -> int:
    console.print(f"bench: {what} failed:\n{text}", style="red", markup=False)
    return 1


def pairs(stack: str, count: int, runs: int) -> dict[str, list[Measured]]:
    """Measure the program and the flat ones in turn, so that a slow spell of the machine hits all of them."""
    graph = capture(stack)
    measured: dict[str, list[Measured]] = {"program": [], "flat, same GC": [], "flat, stock": []}
    with tempfile.TemporaryDirectory() as folder:
        arguments: dict[str, list[str]] = {"program": ["program", stack]}
        for name, tuned in (("flat, same GC", True), ("flat, stock", False)):
            path = Path(folder) / f"flat_{tuned}.py"
            path.write_text(flat_program(graph, tuned=tuned), encoding="utf-8")
            flat = record(lambda path=path: runpy.run_path(str(path)), FLAT)
            if found := differences(graph, flat):
                raise typer.Exit(_failed("the flat program", "differs from the program in: " + ", ".join(found)))
            arguments[name] = ["flat", str(path)]
        for number in range(count):
            console.print(f"pair {number + 1} of {count}", style="dim")
            for name in arguments if number % 2 == 0 else reversed(arguments):
                measured[name].append(measure(arguments[name], runs))
    return measured


def program_table(measured: Mapping[str, Sequence[Measured]]) -> Table:
    """Show medians, and the medians of the pairs' ratios of CPU seconds."""
    table = Table(title=f"Program under mocks; ratio of CPU seconds, program to flat (goal <= {RATIO_GOAL})")
    for heading in ("", "new process [s]", "CPU [s]", "ratio", "same process [s]", "CPU [s]", "ratio", "peak [MiB]"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=not heading)
    program = measured["program"]
    for name, runs in measured.items():
        pairs_of = list(zip(program, runs, strict=True))
        first = median(ours.first_cpu_seconds / flat.first_cpu_seconds for ours, flat in pairs_of)
        later = median(ours.later_cpu_seconds / flat.later_cpu_seconds for ours, flat in pairs_of)
        table.add_row(
            name,
            f"{median(run.first_seconds for run in runs):.2f}",
            f"{median(run.first_cpu_seconds for run in runs):.2f}",
            "" if runs is program else f"{first:.2f}",
            f"{median(run.later_seconds for run in runs):.2f}",
            f"{median(run.later_cpu_seconds for run in runs):.2f}",
            "" if runs is program else f"{later:.2f}",
            f"{median(run.peak_mib for run in runs):.0f}",
        )
    return table


def sandbox_table(stack: str) -> Table:
    """Bring a stack up in a copy of the project, preview it without a change, take it down; show the wall times."""
    table = Table(title=f"Sandbox, stack {stack}, set-up warm")
    for heading in ("command", "seconds", "goal"):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        project = Project.copy(Path(folder) / "project")
        for command, goal in SANDBOX_GOALS_SECONDS.items():
            started = perf_counter()
            arguments = [sys.executable, "-m", "sandbox", command, "--stack", stack]
            done = subprocess.run(arguments, cwd=project.folder, capture_output=True, text=True, check=False)
            if done.returncode:
                project.discard()
                raise typer.Exit(_failed(" ".join(arguments[1:]), done.stdout + done.stderr))
            table.add_row(command, f"{perf_counter() - started:.1f}", f"<= {goal:g}")
    return table


def main(
    stack: Annotated[str, typer.Option(help="Stack that is measured.")] = "prod",
    pairs_count: Annotated[int, typer.Option("--pairs", min=7, help="Pairs of new processes.")] = 7,
    runs: Annotated[int, typer.Option(min=1, help="Further runs in each process.")] = 3,
    *,
    sandbox: Annotated[bool, typer.Option(help="Measure the sandbox, too, in a copy of the project.")] = True,
) -> None:
    """Print what the program costs against a flat one of the same resources."""
    console.print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors")
    graph = capture(stack)
    custom = sum(resource.custom for resource in graph)
    console.print(f"{stack}: {custom} resources, {len(graph) - custom - 1} components, {len(graph.types)} types")
    console.print(compose.table(pairs_count))
    measured = pairs(stack, pairs_count, runs)
    console.print(program_table(measured))
    if sandbox:
        console.print(sandbox_table(stack))


if __name__ == "__main__":
    typer.run(main)
