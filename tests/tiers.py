"""Says at the end of a run which tiers of tests ran and which did not, and why."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

TIERS = {
    "unit": "the program under mocks, pure functions",
    "sandbox": "the sandbox's own parts against moto",
    "engine": "the whole stack through the real Pulumi engine",
    "docs": "documents agree with the code",
    "docker": "the dev stack on a real Docker engine",
    "observability": "Elasticsearch, shippers, Prometheus and its alerts",
}
HERE = Path(__file__).parent


def tier_of(nodeid: str) -> str | None:
    """The tier of a test by its path; tests beside a service's source count as unit."""
    parts = nodeid.split("::", 1)[0].split("/")
    if parts[0] != HERE.name:
        return "unit"
    return parts[1] if parts[1] in TIERS else None


class TierReport:
    """Counts outcomes and time a tier and prints them before pytest's closing line."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {tier: Counter() for tier in TIERS}
        self.reasons: dict[str, Counter[str]] = {tier: Counter() for tier in TIERS}
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Counts a test once: its call, or the set-up that skipped or failed it. All of them take time."""
        tier = tier_of(report.nodeid)
        self.seconds[tier or ""] += report.duration
        if tier is None or not (report.when == "call" or report.outcome != "passed"):
            return
        self.counts[tier][report.outcome] += 1
        if report.skipped and isinstance(report.longrepr, tuple):
            self.reasons[tier][str(report.longrepr[2])] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the tiers."""
        terminalreporter.section("tiers")
        for tier, what in TIERS.items():
            terminalreporter.write_line(f"{tier:14} {self._line(tier)}  ({what})")

    def _line(self, tier: str) -> str:
        counts = self.counts[tier]
        if not counts:
            return f"did not run: {self._why_none(tier)}"
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        reasons = "; ".join(f"{count} x {reason}" for reason, count in self.reasons[tier].items())
        return f"ran: {told} in {self.seconds[tier]:.0f} s" + (f" [{reasons}]" if reasons else "")

    @staticmethod
    def _why_none(tier: str) -> str:
        return "not selected" if (HERE / tier).is_dir() else "has no tests yet"


def pytest_configure(config: pytest.Config) -> None:
    """Only the process that reports counts; workers of a parallel run send it their results."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(TierReport(), "tier-report")
