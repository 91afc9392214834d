"""What stands for a value in an AWS type: templates over what is known of a resource, expressions over a response.

**Templates** (in `params`, `id`, `outputs` that hold a brace): `"{name}"` alone is the value itself, inside text it is
inserted; names are inputs, outputs, `id`, `logicalName`, `region`, `account`, `item` (of an `Items` setter),
`tags`, `keys` (of tag calls). `"{name?}"` drops its member when there is no such value; inside text it is then empty.
Lists and maps of templates are templates; so is a function of the `Context`.

**Items** are found by JMESPath expressions over a response (`"Vpcs[0]"`), with templates inside
(`"Entries[?RuleNumber==`{ruleNumber}`] | [0]"`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias, cast

import jmespath

from sandbox.plugin import UNKNOWN, Props, ProviderError

Template: TypeAlias = Any
Expression: TypeAlias = str | Callable[["Context"], Any]


class Caller(Protocol):
    """Performs an AWS operation and gives its response; failures are `AwsError`."""

    def __call__(self, service: str, operation: str, params: Props) -> Props:
        """Perform `operation` of `service`."""
        ...


@dataclass(frozen=True, kw_only=True)
class Context:
    """What templates, expressions and steps can see of the resource at hand."""

    call: Caller
    region: str
    account: str
    name: str
    id: Any = UNKNOWN
    inputs: Props = field(default_factory=dict[str, Any])
    outputs: Props = field(default_factory=dict[str, Any])
    extra: Props = field(default_factory=dict[str, Any])
    lenient: bool = False
    """During checks and previews a name that has no value yet is UNKNOWN instead of an error."""

    def get(self, name: str) -> Any:
        """The value of a template's name, `None` when there is none."""
        if name == "logicalName":
            return self.name
        if name in ("id", "region", "account"):
            return getattr(self, name)
        for values in (self.extra, self.inputs, self.outputs):
            if values.get(name) is not None:
                return values[name]
        return None

    def lookup(self, name: str) -> Any:
        """Like `get`, but a missing value is an error, or `UNKNOWN` where it may still come."""
        value = self.get(name)
        if value is None and self.lenient:
            return UNKNOWN
        if value is None:
            raise ProviderError(f"{self.name}: nothing is known by the name {name!r}, which its AWS type refers to")
        return value


_PLACEHOLDER: Final = re.compile(r"\{(\w+)(\?)?\}")
OMIT: Final = object()


def render(template: Template, context: Context) -> Any:
    """The value of a template; `OMIT` for an optional name without a value."""
    if callable(template):
        return template(context)
    if isinstance(template, Mapping):
        items = {key: render(value, context) for key, value in cast(Mapping[str, Template], template).items()}
        return {key: value for key, value in items.items() if value is not OMIT}
    if isinstance(template, (list, tuple)):
        rendered = [render(value, context) for value in cast(Sequence[Template], template)]
        return [value for value in rendered if value is not OMIT]
    if not isinstance(template, str):
        return template
    whole = _PLACEHOLDER.fullmatch(template)
    if whole is not None:
        value = context.get(whole[1]) if whole[2] else context.lookup(whole[1])
        return OMIT if value is None else value
    values = {
        match[1]: context.get(match[1]) if match[2] else context.lookup(match[1])
        for match in _PLACEHOLDER.finditer(template)
    }
    if UNKNOWN in values.values():
        return UNKNOWN
    return _PLACEHOLDER.sub(lambda match: _text(values[match[1]]), template)


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_template(expression: Expression) -> bool:
    """Whether an expression is a template over the context, rather than JMESPath over an item."""
    return isinstance(expression, str) and "[" not in expression and _PLACEHOLDER.search(expression) is not None


def find(expression: Expression, item: Any, context: Context) -> Any:
    """The value of a JMESPath expression (or function) over `item`; a text with a brace is a template."""
    if callable(expression):
        return expression(context)
    if expression == "":
        return item
    if is_template(expression):
        return render(expression, context)
    rendered = render(expression, context)
    return UNKNOWN if rendered is UNKNOWN else jmespath.search(rendered, item)
