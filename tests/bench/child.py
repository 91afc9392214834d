"""One measured process: runs the real program or a flat one without a cloud, and prints what it took as JSON.

    python -m tests.bench.child program STACK RUNS
    python -m tests.bench.child flat FILE RUNS

The clock of the first run starts before Pulumi is imported; further runs are in the same process.
"""

# ruff: noqa: E402 (what comes after the clock has started is measured)
from time import perf_counter

_STARTED = perf_counter()

import gc
import json
import resource
import runpy
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one process took. `first_seconds` holds the imports; `later_seconds` are runs of the warm process."""

    first_seconds: float
    later_seconds: list[float]
    peak_mib: float
    resources: int


def _program(stack: str) -> Callable[[], int]:
    from graph.capture import capture

    return lambda: sum(resource.custom for resource in capture(stack))


def _flat(file: str) -> Callable[[], int]:
    from graph.run import record
    from graph.stack_file import StackConfig

    config = StackConfig(project="infra", stack="flat", values={})
    return lambda: sum(resource.custom for resource in record(lambda: runpy.run_path(file), config))


def _timed(run: Callable[[], int], thresholds: tuple[int, int, int]) -> float:
    gc.unfreeze()
    gc.collect()
    gc.set_threshold(*thresholds)
    started = perf_counter()
    _ = run()
    return perf_counter() - started


def main(kind: str, what: str, runs: int) -> Measured:
    """Run once with the imports, then `runs` times more; every run starts with the collector as Python sets it."""
    thresholds = gc.get_threshold()
    run = {"program": _program, "flat": _flat}[kind](what)
    count = run()
    first = perf_counter() - _STARTED
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    later = [_timed(run, thresholds) for _ in range(runs)]
    return Measured(first_seconds=first, later_seconds=later, peak_mib=peak_mib, resources=count)


if __name__ == "__main__":
    if not Path("__main__.py").exists():
        sys.exit("bench: to be run in the project's folder")
    print(json.dumps(asdict(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
