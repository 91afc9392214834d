"""IAM policy documents as typed statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import pulumi

Conditions: TypeAlias = Mapping[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]]
"""Operator -> condition key -> value or values, as in a policy document."""

Principals: TypeAlias = Literal["*"] | Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]
"""`Service`, `AWS` or `Federated` -> principal or principals; `*` is everybody (bound it by a condition)."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy document. Identity policies have no principals; trust policies no resources."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[pulumi.Input[str], ...] = ()
    principals: Principals | None = None
    conditions: Conditions = field(default_factory=dict[str, Mapping[str, pulumi.Input[str]]])
    effect: Literal["Allow", "Deny"] = "Allow"

    def as_json(self, sid: str) -> dict[str, object]:
        """Return the statement in the words of a policy document, under the given `Sid`."""
        document: dict[str, object] = {"Sid": sid, "Effect": self.effect}
        if self.principals is not None:
            document["Principal"] = self.principals
        document["Action"] = list(self.actions)
        if self.resources:
            document["Resource"] = list(self.resources)
        if self.conditions:
            document["Condition"] = self.conditions
        return document


def policy_document(statements: Iterable[Statement]) -> pulumi.Output[str]:
    """Return the statements as a policy document (JSON). A repeated `Sid` gets a number: it must be unique."""
    seen: dict[str, int] = {}
    rendered: list[dict[str, object]] = []
    for statement in statements:
        seen[statement.sid] = count = seen.get(statement.sid, 0) + 1
        rendered.append(statement.as_json(statement.sid if count == 1 else f"{statement.sid}{count}"))
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": rendered})
