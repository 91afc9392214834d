"""One measured process: runs the real program or a flat one without a cloud, and prints what it took as JSON.

    python -m tests.bench.child program STACK RUNS
    python -m tests.bench.child flat FILE RUNS

The clock of the first run starts before Pulumi is imported; further runs are in the same process.
"""

# ruff: noqa: E402 (what comes after the clock has started is measured)
from time import perf_counter, process_time

_STARTED = perf_counter()

import gc
import json
import resource
import runpy
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one process took: its first run with the imports, and the median of later runs in the warm process.

    CPU seconds are those of all threads: on a machine that does other things, too, they alone can be compared.
    """

    first_seconds: float
    first_cpu_seconds: float
    later_seconds: float
    later_cpu_seconds: float
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


def _timed(run: Callable[[], int], thresholds: tuple[int, int, int]) -> tuple[float, float]:
    gc.unfreeze()
    gc.collect()
    gc.set_threshold(*thresholds)
    started, cpu_started = perf_counter(), process_time()
    _ = run()
    return perf_counter() - started, process_time() - cpu_started


def _peak_mib() -> float:
    """The process's own peak. On Linux, what getrusage tells begins with the parent's memory."""
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main(kind: str, what: str, runs: int) -> Measured:
    """Run once with the imports, then `runs` times more; every run starts with the collector as Python sets it."""
    thresholds = gc.get_threshold()
    run = {"program": _program, "flat": _flat}[kind](what)
    count = run()
    first, first_cpu = perf_counter() - _STARTED, process_time()
    peak_mib = _peak_mib()
    later = [_timed(run, thresholds) for _ in range(runs)]
    return Measured(
        first_seconds=first,
        first_cpu_seconds=first_cpu,
        later_seconds=median(wall for wall, _ in later),
        later_cpu_seconds=median(cpu for _, cpu in later),
        peak_mib=peak_mib,
        resources=count,
    )


if __name__ == "__main__":
    if not Path("__main__.py").exists():
        sys.exit("bench: to be run in the project's folder")
    print(json.dumps(asdict(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
