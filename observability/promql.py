"""Which metrics a PromQL expression reads: enough of its grammar to tell names of metrics from everything else."""

import re
from typing import Final

_STRINGS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`')
_SELECTORS_AND_RANGES: Final = re.compile(r"\{[^}]*\}|\[[^\]]*\]")
_LABEL_LISTS: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_DURATIONS: Final = re.compile(r"\b\d+(?:\.\d+)?(?:ms|[smhdwy])?\b")
_NAME: Final = re.compile(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\b(?!\s*\()")
_KEYWORDS: Final = frozenset({"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "inf", "nan"})


def metrics_of(expression: str) -> frozenset[str]:
    """The names of the metrics that an expression reads. It must be valid PromQL: promtool checks that in the tests."""
    text = _STRINGS.sub('""', expression)
    text = _LABEL_LISTS.sub(" ", _SELECTORS_AND_RANGES.sub(" ", text))
    text = _DURATIONS.sub(" ", text)
    return frozenset(name for name in _NAME.findall(text) if name.lower() not in _KEYWORDS)
