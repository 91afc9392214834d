"""What the calls of an AWS type take: computed once a type from its declaration and the service models."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from botocore.exceptions import DataNotFoundError
from botocore.model import OperationNotFoundError

from sandbox.aws_types import REGISTRY
from sandbox.aws_types.base import AwsType, Call, Items, Setter, Wait
from sandbox.aws_types.templates import Context, render
from sandbox.mapping import Forwarded, Mapper
from sandbox.plugin import Failure, Props
from sandbox.service_models import input_shape, key_of
from sandbox.validation import Violation, validate

DEFAULTS: Final = "__defaults"
"""Input that lists the inputs which the provider filled in, as the bridged provider does."""
UNFINISHED: Final = "__unfinished"
"""Output that lists what a failed creation or update has not applied."""
TAGS: Final = "tags"
TAGS_ALL: Final = "tagsAll"
REGION: Final = "region"
"""Input of every regional resource: where it is, when not in the provider's region."""
_OWN: Final = frozenset({DEFAULTS, TAGS_ALL, REGION})


class Plan:
    """The calls of one type, ready to be asked."""

    def __init__(self, aws_type: AwsType) -> None:
        self.type = aws_type
        self._mappers: dict[int, Mapper] = {}
        self._taken: dict[tuple[int, str], bool] = {}

    def mapper(self, call: Call) -> Mapper:
        """The mapper of one of the type's calls."""
        found = self._mappers.get(id(call))
        if found is None:
            service = call.service or self.type.service
            try:
                shape = input_shape(service, call.operation)
            except (OperationNotFoundError, DataNotFoundError) as error:
                raise ValueError(f"{self.type.token}: {service} has no operation {call.operation!r}") from error
            found = self._mappers[id(call)] = Mapper(
                shape=shape,
                renames={**self.type.renames, **call.renames},
                convert={**self.type.convert, **call.convert},
                fixed=frozenset(name.rstrip("?") for name in call.params),
                unsent=frozenset(self.type.unsent),
                unordered=self.type.unordered,
            )
        return found

    def takes(self, setter: Setter, name: str) -> bool:
        """Whether a call sends, or stands for, this top-level input."""
        key = (id(setter), name)
        if key not in self._taken:
            self._taken[key] = self._takes(setter, name)
        return self._taken[key]

    def _takes(self, setter: Setter, name: str) -> bool:
        if name in _OWN or (name == TAGS and self.type.tags) or name in self.type.unsent:
            return False
        if isinstance(setter, Items):
            return name == setter.input
        if name in setter.triggers:
            return True
        return (setter.inputs is None or name in setter.inputs) and self.mapper(setter).takes(name)

    def sends(self, call: Call, name: str) -> bool:
        """Whether a call sends this input by name."""
        return name not in call.triggers and self.takes(call, name)

    def forward(self, call: Call, inputs: Props, names: Iterable[str] | None = None) -> Forwarded:
        """The inputs (or those of `names`, and the required ones) as the call's members, without its own params."""
        mapper = self.mapper(call)
        every = {name: value for name, value in inputs.items() if self.sends(call, name)}
        full = mapper.forward(every)
        if names is None:
            return full
        wanted = set(names)
        part = mapper.forward({name: value for name, value in every.items() if name in wanted})
        for member in mapper.shape.required_members:
            if member in full.params:
                part.params.setdefault(member, full.params[member])
        return part

    def params(self, call: Call, forwarded: Forwarded, context: Context) -> Props:
        """The members to send: forwarded inputs under the call's own params."""
        own: Props = render(call.params, context)
        return {**forwarded.params, **own}

    def on_creation(self, setter: Setter, inputs: Props) -> list[str]:
        """The inputs for which a setter runs after `create`; empty: it does not run."""
        if not setter.on_create or (isinstance(setter, Call) and not holds(setter, inputs)):
            return []
        return [name for name in inputs if self.takes(setter, name) and not self.takes(self.type.create, name)]

    def updatable(self, name: str, new: Props) -> bool:
        """Whether a change of this input to what `new` holds can be made in place."""
        if (name in (TAGS, TAGS_ALL) and self.type.tags) or name in self.type.unsent or name == DEFAULTS:
            return True
        if name in self.type.replace_on:
            return False
        for setter in self.type.setters:
            if not self.takes(setter, name):
                continue
            if isinstance(setter, Items):
                return True
            removable = setter.whole or setter.clear or name in setter.triggers or name in self.type.defaults
            if setter.on_update and (new.get(name) is not None or removable):
                return True
        return False

    def updatable_below(self, path: str, new: Props) -> bool:
        """Whether a change at a path inside an input can be made in place, given that one of the input itself can."""
        name = path.split(".", maxsplit=1)[0]
        if path == name or path in self.type.unsent or new.get(name) is None:
            return True
        if path in self.type.replace_on:
            return False
        setters = [setter for setter in self.type.setters if self.takes(setter, name)]
        return not setters or any(
            isinstance(setter, Items)
            or name in setter.triggers
            or path not in self.forward(setter, {name: new[name]}).untaken
            for setter in setters
        )

    def failures(self, inputs: Props, context: Context) -> list[Failure]:
        """What is wrong with the inputs of a resource: what no call takes, and what the models forbid."""
        found: dict[tuple[str, str], Failure] = {}
        creating = [self.type.create, *(s for s in self.type.setters if isinstance(s, Call))]
        untaken: dict[str, list[set[str]]] = {}
        for call in creating:
            forwarded = self.forward(call, inputs)
            for name in inputs:
                if self.sends(call, name):
                    paths = {path for path in forwarded.untaken if path == name or path.startswith(name + ".")}
                    untaken.setdefault(name, []).append(paths)
            problems = [Failure(property=path, reason=reason) for path, reason in forwarded.problems]
            if call is self.type.create or self.on_creation(call, inputs):
                problems += self._violations(call, forwarded, inputs, context)
            for failure in problems:
                found.setdefault((failure.property, failure.reason), failure)
        for name in inputs:
            for path in self._nobody_takes(name, untaken.get(name)):
                found.setdefault((path, ""), Failure(property=path, reason=self._untaken_reason(path)))
        return list(found.values())

    def _nobody_takes(self, name: str, untaken: list[set[str]] | None) -> list[str]:
        if name in _OWN or (name == TAGS and self.type.tags) or name in self.type.unsent:
            return []
        if untaken:
            return sorted(untaken[0].intersection(*untaken[1:]))
        return [] if any(self.takes(setter, name) for setter in (self.type.create, *self.type.setters)) else [name]

    def _untaken_reason(self, path: str) -> str:
        calls = [self.type.create, *self.type.setters]
        names = ", ".join(dict.fromkeys(c.add.operation if isinstance(c, Items) else c.operation for c in calls))
        return (
            f"{path!r} is taken by none of the calls of {self.type.token} ({names}), so it would be lost. Correct the "
            f"name, or declare in sandbox/aws_types what becomes of it (renames, a setter, or unsent with the reason)."
        )

    def _violations(self, call: Call, forwarded: Forwarded, inputs: Props, context: Context) -> list[Failure]:
        mapper = self.mapper(call)
        if call.per_input:
            names = self.on_creation(call, inputs)
            parts = [self.forward(call, inputs, [name]) for name in names]
        else:
            parts = [forwarded]
        failures: list[Failure] = []
        for part in parts:
            params = self.params(call, part, context)
            for violation in validate(mapper.shape, params, relaxed=self.type.relaxed):
                failures.append(Failure(property=self._origin(violation, part), reason=violation.reason))
        return failures

    def _origin(self, violation: Violation, forwarded: Forwarded) -> str:
        """The input path that a violation is about."""
        path, rest = violation.path, ""
        while path and path not in forwarded.origins:
            cut = max(path.rfind("."), path.rfind("["))
            path, rest = (path[:cut], path[cut:] + rest) if cut > 0 else ("", path + rest)
        base = forwarded.origins.get(path, "") + rest
        if violation.missing is None:
            return base
        renamed = {target: name for name, target in self.type.renames.items()}
        missing = f"{violation.path}.{violation.missing}".lstrip(".")
        name = renamed.get(missing) or f"{base}.{violation.missing[:1].lower()}{violation.missing[1:]}"
        return name.lstrip(".")


def visible(inputs: Props) -> Props:
    """The inputs that the program sees among a resource's outputs."""
    return {name: value for name, value in inputs.items() if name != DEFAULTS}


def holds(call: Call | Wait, inputs: Props) -> bool:
    """Whether the `when` of a call or wait is true of the inputs, and no `unless`."""
    unless: Mapping[str, Any] = call.unless if isinstance(call, Call) else {}
    return all(inputs.get(name) == value for name, value in call.when.items()) and not any(
        inputs.get(name) == value for name, value in unless.items()
    )


@cache
def plan_of(token: str) -> Plan | None:
    """The plan of a registered type."""
    aws_type = REGISTRY.get(token)
    return Plan(aws_type) if aws_type else None


def by_name(item: Any, name: str) -> Any:
    """The item's member that `name` means."""
    if not isinstance(item, Mapping):
        return None
    key = key_of(item, name)  # pyright: ignore[reportUnknownArgumentType]
    return item[key] if key is not None else None  # pyright: ignore[reportUnknownVariableType]
