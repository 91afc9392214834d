"""What loading and judging a Compose file costs, and how that grows with the number of its services."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

from rich.table import Table

from services.check import CheckOptions, check
from services.compose_file import ComposeOptions

SIZES = (10, 100)
SECONDS_GOAL = 1.0
"""CPU seconds for the larger file, at most."""
GROWTH_GOAL = 12.0
"""The larger file's time over the smaller one's, at most."""

_DIGEST = "0" * 64


def compose_file(services: int) -> str:
    """A file of so many services, with what services have: ports, checks, networks, volumes, order."""
    blocks = [
        f"""\
  service-{number}:
    image: shop/service:1@sha256:{_DIGEST}
    expose: [8000]
    environment: {{MODE: production, NEXT: "http://service-{(number + 1) % services}:8000"}}
    healthcheck: {{test: curl --fail localhost, interval: 10s, timeout: 5s}}
    networks: [network-{number % 7}]
    volumes: ["volume-{number}:/data"]
    user: "1000:1000"
    restart: unless-stopped
    depends_on: {[f"service-{number - 1}"] if number % 10 else []}
"""
        for number in range(services)
    ]
    networks = "".join(f"  network-{number}: {{}}\n" for number in range(7))
    volumes = "".join(f"  volume-{number}: {{}}\n" for number in range(services))
    return f"name: shop\nservices:\n{''.join(blocks)}networks:\n{networks}volumes:\n{volumes}"


def table(pairs: int) -> Table:
    """Measure both sizes in turn, and show medians and the median of the pairs' ratios."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [_judging(Path(folder), services) for services in SIZES]
        for run in runs:
            _ = run()
        measured = [tuple(run() for run in runs) for _ in range(pairs)]
    shown = Table(title="Compose files: loading and judging for both targets, warm")
    for heading in ("services", "CPU [s]", "goal", "growth", "goal"):
        shown.add_column(heading, justify="right")
    small, large = (median(column) for column in zip(*measured, strict=True))
    growth = median(second / first for first, second in measured)
    shown.add_row(str(SIZES[0]), f"{small:.3f}", "", "", "")
    shown.add_row(str(SIZES[1]), f"{large:.3f}", f"<= {SECONDS_GOAL:g}", f"{growth:.1f}", f"<= {GROWTH_GOAL:g}")
    return shown


def _judging(folder: Path, services: int) -> Callable[[], float]:
    file = folder / f"{services}.yaml"
    file.write_text(compose_file(services), encoding="utf-8")
    options = ComposeOptions(files=[str(file)], variables={})

    def run() -> float:
        started = process_time()
        judgement = check(options, ("docker", "aws"), CheckOptions())
        if judgement.is_refused:
            raise ValueError(f"the measured file is refused: {[verdict.refusals for verdict in judgement.verdicts]}")
        return process_time() - started

    return run
