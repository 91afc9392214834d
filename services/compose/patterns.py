"""Rules for places of the model: tables from patterns like `services.*.ports` to what holds there.

`*` stands for any key or list entry, `[]` for any list entry. The table becomes a tree that is walked together with
the model, so a pass costs the size of the parts that have rules, not rules times nodes.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

Rule = TypeVar("Rule")


class Rules(Generic[Rule]):
    """A node of the tree: the rule here, and what lies below."""

    __slots__ = ("_any", "_named", "rule")

    def __init__(self) -> None:
        self.rule: Rule | None = None
        self._named: dict[str, Rules[Rule]] = {}
        self._any: Rules[Rule] | None = None

    def add(self, pattern: str, rule: Rule) -> None:
        """Puts a rule at the places that the pattern names."""
        node = self
        for part in pattern.split("."):
            if part == "*":
                node._any = node._any or Rules()
                node = node._any
            else:
                node = node._named.setdefault(part, Rules())
        node.rule = rule

    def below(self, part: str | int) -> "Rules[Rule] | None":
        """The rules under a key or a list index, or None when there are none."""
        name = "[]" if isinstance(part, int) else part
        return self._named.get(name) or self._any


def rules_of(table: Mapping[str, Rule]) -> Rules[Rule]:
    """The tree of a table of patterns."""
    root = Rules[Rule]()
    for pattern, rule in table.items():
        root.add(pattern, rule)
    return root
