"""Holds the backend's tests to the part of its branches that they must reach.

Only the backend is measured, and only while its own tests run: the rest of a run pays nothing. A run of a part of them
measures, too, but is not held to the limit.
"""

import json
import os
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import coverage
import pytest

LEAST_PERCENT = 90.0
"""Of the branches, and of the lines."""

HERE = Path(__file__).parent
COVERAGE_CONFIGURATION = HERE / "coverage.toml"
_DIRECTORY_VARIABLE = "COVERAGE_OF_THE_BACKEND"
_SELECTING = ("keyword", "markexpr", "deselect", "lf", "failedfirst", "stepwise")


def data_file() -> Path:
    """The beginning of the names of the files that processes of this run write."""
    return Path(os.environ[_DIRECTORY_VARIABLE]) / "data"


class Measurement:
    """Coverage of this process, between `resume` and `pause`."""

    def __init__(self) -> None:
        self._coverage = coverage.Coverage(
            data_file=str(data_file()), data_suffix=True, config_file=str(COVERAGE_CONFIGURATION)
        )

        self._on = False

    def resume(self) -> None:
        """Measure what follows, in threads that begin now as well."""
        if not self._on:
            self._coverage.start()
            self._on = True

    def pause(self) -> None:
        """Measure no more, in no thread."""
        if self._on:
            self._coverage.stop()
            self._on = False

    def save(self) -> None:
        """Write what was measured, for the process that reports."""
        self._coverage.save()


class Gate:
    """A pytest plugin: begins when it is made, before the backend is imported, and judges at the end of the run."""

    def __init__(self) -> None:
        # Workers of a parallel run inherit the directory of the process that reports.
        self._reports = "PYTEST_XDIST_WORKER" not in os.environ
        self._temporary = TemporaryDirectory(prefix="backend-coverage-") if self._reports else None
        if self._temporary is not None:
            os.environ[_DIRECTORY_VARIABLE] = self._temporary.name
        self.measurement = Measurement()
        self.measurement.resume()
        self._skipped = False
        self._told: str | None = None

    def pytest_collection_finish(self) -> None:
        """The modules are imported; what is not the backend's own tests is not measured."""
        self.measurement.pause()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that was skipped reaches nothing, and is no reason to fail."""
        self._skipped |= report.skipped and report.fspath.startswith("services/backend/tests/")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Judge when every test of every process has run."""
        result = yield
        self.measurement.save()
        if self._reports and not session.config.option.collectonly:
            self._judge(session)
        return result

    def _judge(self, session: pytest.Session) -> None:
        branches, lines = percentages()
        self._told = f"backend: {branches:.1f} % of the branches, {lines:.1f} % of the lines are tested"
        if not _is_whole(session.config) or self._skipped or session.testsfailed:
            self._told += " (of a part of its tests: not held to a limit)"
        elif min(branches, lines) < LEAST_PERCENT:
            self._told += f": at least {LEAST_PERCENT:g} % of both are asked for"
            session.testsfailed += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how much is tested."""
        if self._told is not None:
            terminalreporter.section("coverage")
            terminalreporter.write_line(self._told)


def _is_whole(config: pytest.Config) -> bool:
    selected = any(config.getoption(name, None) for name in _SELECTING)
    return not selected and any(HERE.is_relative_to(Path(argument).absolute()) for argument in config.args)


def percentages() -> tuple[float, float]:
    """Return how many per cent of branches and of lines were covered by the processes that have saved."""
    file = data_file()
    combined = coverage.Coverage(data_file=str(file), config_file=str(COVERAGE_CONFIGURATION))
    combined.combine([str(file.parent)], keep=True)
    report = file.parent / "report.json"
    combined.json_report(outfile=str(report))
    totals = json.loads(report.read_text(encoding="utf-8"))["totals"]
    branches, lines = totals["num_branches"], totals["num_statements"]
    return 100 * totals["covered_branches"] / (branches or 1), 100 * totals["covered_lines"] / (lines or 1)
