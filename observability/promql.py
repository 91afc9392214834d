"""What a PromQL expression reads: enough of its grammar to tell which metrics, and how far back."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

_STRINGS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`')
_SELECTORS_AND_RANGES: Final = re.compile(r"\{[^}]*\}|\[[^\]]*\]")
_LABEL_LISTS: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_DURATIONS: Final = re.compile(r"\b\d+(?:\.\d+)?(?:ms|[smhdwy])?\b")
_NAME: Final = re.compile(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\b(?!\s*\()")
_KEYWORDS: Final = frozenset({"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "inf", "nan"})

_AGO: Final = r"((?:\d+(?:ms|[smhdwy]))+)"
_RANGES: Final = re.compile(rf"\[\s*{_AGO}")
_OFFSETS: Final = re.compile(rf"\boffset\s+{_AGO}")
_SECONDS: Final[Mapping[str, float]] = {
    "ms": 0.001,
    "s": 1,
    "m": 60,
    "h": 3600,
    "d": 86_400,
    "w": 604_800,
    "y": 31_536_000,
}


def metrics_of(expression: str) -> frozenset[str]:
    """The names of the metrics that an expression reads. It must be valid PromQL: promtool checks that in the tests."""
    text = _STRINGS.sub('""', expression)
    text = _LABEL_LISTS.sub(" ", _SELECTORS_AND_RANGES.sub(" ", text))
    text = _DURATIONS.sub(" ", text)
    return frozenset(name for name in _NAME.findall(text) if name.lower() not in _KEYWORDS)


def looks_back(expression: str) -> timedelta:
    """How far back an expression reads at most: its longest range, before its longest offset."""
    text = _STRINGS.sub('""', expression)
    return sum((_longest(pattern.findall(text)) for pattern in (_RANGES, _OFFSETS)), timedelta())


def _longest(durations: list[str]) -> timedelta:
    return max(map(_duration, durations), default=timedelta())


def _duration(text: str) -> timedelta:
    parts = re.findall(r"(\d+)(ms|[smhdwy])", text)
    return timedelta(seconds=sum(int(number) * _SECONDS[unit] for number, unit in parts))
