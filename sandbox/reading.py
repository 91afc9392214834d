"""What is really there: describing resources, their outputs, and drift of inputs against them."""

import re
from dataclasses import replace
from typing import Any, Final

from botocore.model import Shape

from sandbox.aws_types.base import Call, Items, Read, Setter, TagStyle
from sandbox.aws_types.templates import OMIT, Context, Expression, find, is_template, render
from sandbox.calls import AwsError
from sandbox.drift import Drift
from sandbox.mapping import to_pulumi
from sandbox.plan import DEFAULTS, REGION, TAGS, TAGS_ALL, Plan, by_name
from sandbox.plugin import UNKNOWN, Props
from sandbox.service_models import operation
from sandbox.service_models import shape_at as member_shape

GLOBAL: Final = frozenset({"iam", "route53"})
"""Services whose resources are in no region."""


class GoneError(Exception):
    """The resource does not exist any more."""


class Reader:
    """Describes one resource; each `Read` is performed at most once."""

    def __init__(self, plan: Plan, context: Context) -> None:
        self._plan, self._context = plan, context
        self._items: dict[int, Any] = {}

    def item(self, read: Read) -> Any:
        """What `read` finds; `None` when it is not there."""
        if id(read) not in self._items:
            service = read.service or self._plan.type.service
            try:
                response = self._context.call(service, read.operation, render(read.params, self._context))
                self._items[id(read)] = find(read.item, response, self._context)
            except AwsError as error:
                if error.code not in (*self._plan.type.gone, *read.gone):
                    raise
                self._items[id(read)] = None
        return self._items[id(read)]

    def described(self) -> Any:
        """The resource's own item; raises `GoneError`. A type without a `read` has an empty one."""
        read = self._plan.type.read
        if read is None:
            return {}
        item = self.item(read)
        if item is None or item == []:
            raise GoneError
        return item

    def tags(self, style: TagStyle) -> dict[str, Any]:
        """The tags that the resource has."""
        if isinstance(style.read, Read):
            return style.from_aws(self.item(style.read))
        return style.from_aws(find(style.read, self.described(), self._context))

    def inputs(self, old: Props) -> Props:
        """`old` inputs with what differs in AWS put in place; raises `GoneError`."""
        aws_type = self._plan.type
        self.described()
        found: Props = {}
        for name, value in old.items():
            if name == TAGS_ALL and aws_type.tags:
                found[name] = self.tags(aws_type.tags)
            elif name in (DEFAULTS, REGION, TAGS) or name in aws_type.unsent or name in aws_type.unread:
                found[name] = value
            else:
                actual = self._input(name, value)
                if actual is not OMIT:
                    found[name] = actual
        return found

    def _input(self, name: str, value: Any) -> Any:
        taking = self._taking(name)
        if taking is None:
            return value
        read = taking.read or self._plan.type.read
        if read is None:
            return value
        item = self.item(read)
        if name in read.values:
            bound = replace(self._context, extra={**self._context.extra, "item": item})
            actual = find(read.values[name], item, bound)
            call = taking.add if isinstance(taking, Items) else taking
            if Drift(self._plan.mapper(call)).same(value, actual, name):
                return value
            return OMIT if actual is None else to_pulumi(actual)
        if isinstance(taking, Items) or name in taking.triggers:
            return value
        return Drift(self._plan.mapper(taking)).reconcile(name, value, item or {}, read.renames, self._item_shape(read))

    def _taking(self, name: str) -> Setter | None:
        calls: tuple[Setter, ...] = (self._plan.type.create, *self._plan.type.setters)
        taking = [call for call in calls if self._plan.takes(call, name)]
        for call in taking:
            if call.read is not None and (isinstance(call, Items) or name in call.read.values):
                return call
        with_read = [call for call in taking if call.read is not None and isinstance(call, Call)]
        return next(iter([*with_read, *taking]), None)

    def _item_shape(self, read: Read) -> Shape | None:
        shape: Shape | None = operation(read.service or self._plan.type.service, read.operation).output_shape
        if read.shape is not None:
            return member_shape(shape, read.shape)
        path = ".".join(part.strip(" .@") for part in re.sub(r"\[[^\]]*\]", "", read.item).split("|"))
        path = path.strip(".")
        return member_shape(shape, path) if path and shape is not None else shape


def outputs_of(plan: Plan, item: Any, context: Context) -> Props:
    """The declared outputs that can be had from `item`; one that cannot is left out (or UNKNOWN in a preview)."""
    expressions: dict[str, Expression] = dict(plan.type.outputs)
    context = replace(context, extra={**context.extra, "item": item})
    found: Props = {} if plan.type.service in GLOBAL else {REGION: context.region}
    for name in plan.type.returns:
        found[name] = UNKNOWN if item is UNKNOWN else by_name(item, name)
    for name, expression in expressions.items():
        found[name] = UNKNOWN if item is UNKNOWN and not is_template(expression) else find(expression, item, context)
    return {name: value if value is UNKNOWN else to_pulumi(value) for name, value in found.items() if value is not None}
