"""Providers whose resources exist in the state alone: passwords, keys, certificates. No cloud is asked for anything.

A type is a row: its inputs as a pydantic model of wire names, and the function that makes it. What a change of an input
does follows the real provider.
"""

# ruff: noqa: D102
# `id` is the protocol's word; the methods are documented where `Plugin` declares them.

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from components.bad_values import path_of, problem, unknown
from sandbox.plugin import (
    UNKNOWN,
    Checked,
    Difference,
    Failure,
    Plugin,
    Props,
    ProviderError,
    ReadResult,
    Urn,
    has_unknown,
)

Clock = Callable[[], datetime]
"""The time now, with its zone."""
_HIDDEN: Final = "the value (not shown)"


class Inputs(BaseModel):
    """Inputs of a type by their wire names; what is not listed is an error."""

    # defer_build: a run without such resources does not pay for their models.
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", alias_generator=to_camel, defer_build=True)

    @classmethod
    def completed(cls, props: Props) -> Props:
        """`props` with what the real provider takes where an input is not given."""
        defaults = {str(field.alias): field.default for field in cls.model_fields.values() if not field.is_required()}
        return {**{name: value for name, value in defaults.items() if value is not None}, **props}


def refusal(name: str, reason: str) -> PydanticCustomError:
    """What a rule over several inputs raises: the one that is to be changed, and why."""
    return PydanticCustomError("value_error", "{reason}", {"input": name, "reason": reason})


I = TypeVar("I", bound=Inputs)  # noqa: E741


@dataclass(frozen=True, kw_only=True)
class StateType(Generic[I]):
    """A type of resources that exist in the state alone."""

    token: str
    inputs: type[I]
    make: Callable[[I, datetime], tuple[str, Props]]
    """Inputs and the time -> id and the computed outputs."""
    computed: Collection[str]
    """The names of those outputs."""
    updatable: Collection[str] = ()
    """Inputs whose change keeps the resource; every other one replaces it."""
    due: Callable[[Props, datetime], Collection[str]] = lambda _state, _now: ()
    """State and the time -> the outputs for whose sake it is to be made anew."""


class StateProvider(Plugin):
    """A provider of such types."""

    types: ClassVar[Sequence[StateType[Any]]]
    settings: ClassVar[Collection[str]] = ()
    """Keys of the provider's own configuration that change nothing here."""

    def __init__(self, now: Clock = lambda: datetime.now(UTC)) -> None:
        self._now = now

    def configure(self, config: Props) -> Self:
        """Nothing is to be configured."""
        if wrong := sorted(set(config) - {"version", "pluginDownloadURL", *self.settings}):
            raise ProviderError(f"the sandbox's {self.package} provider knows no setting {', '.join(wrong)}")
        return self

    def check(self, urn: Urn, old: Props, new: Props, seed: bytes) -> Checked:
        kind = self._kind(urn)
        inputs = {name: value for name, value in new.items() if value is not None and not name.startswith("__")}
        return Checked(inputs=inputs, failures=list(_failures(kind, inputs)))

    def diff(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
        kind = self._kind(urn)
        before, after = kind.inputs.completed(old_inputs), kind.inputs.completed(new)
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        due = kind.due({**old_outputs, **after}, self._now())
        return Difference(
            updates=frozenset(changed & set(kind.updatable)),
            replaces=frozenset(changed - set(kind.updatable)) | frozenset(due),
            kinds={
                name: "add" if name not in before else "delete" if name not in after else "update" for name in changed
            },
        )

    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        kind = self._kind(urn)
        completed = kind.inputs.completed(inputs)
        if preview:
            return "", {**completed, **dict.fromkeys(kind.computed, UNKNOWN)}
        try:
            made, computed = kind.make(kind.inputs.model_validate(inputs), self._now())
        except ValidationError as error:
            failures = [_failure(kind, details) for details in error.errors()]
            reasons = "; ".join(f"{failure.property}: {failure.reason}" for failure in failures)
            raise ProviderError(f"{urn.type} {urn.name!r}: {reasons}") from None
        except ProviderError as error:
            raise ProviderError(f"{urn.type} {urn.name!r}: {error}") from None
        return made, {**completed, **computed}

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        """As the state has it; what is due for renewal is marked so."""
        if not inputs:
            raise ProviderError(f"{urn.type} {urn.name!r}: the sandbox cannot import or adopt existing resources by id")
        due = dict.fromkeys(self._kind(urn).due(outputs, self._now()), True)
        return ReadResult(id=id, inputs=inputs, outputs={**outputs, **due})

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        """Only the state's copy of the inputs changes."""
        return {**old_outputs, **self._kind(urn).inputs.completed(new)}

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """It goes with its entry in the state."""

    def resume(self, urn: Urn, inputs: Props) -> tuple[str, Props]:
        """What no state has learned of is nowhere."""
        raise ProviderError(f"{urn.type} {urn.name!r}: its creation was cut, so it is made anew")

    def invoke(self, token: str, args: Props) -> Props:
        raise ProviderError(f"the sandbox's {self.package} provider has no function {token}")

    def _kind(self, urn: Urn) -> StateType[Any]:
        by_token: Mapping[str, StateType[Any]] = {kind.token: kind for kind in self.types}
        if urn.type not in by_token:
            raise ProviderError(
                f"the sandbox has no {self.package} type {urn.type!r} (resource {urn.name!r}); it has "
                f"{', '.join(sorted(by_token))}"
            )
        return by_token[urn.type]


def _failures(kind: StateType[Any], inputs: Props) -> Sequence[Failure]:
    """What is wrong with the inputs that are known; a rule over several waits until all are."""
    unknown_yet = {name for name, value in inputs.items() if has_unknown(value)}
    try:
        kind.inputs.model_validate({name: value for name, value in inputs.items() if name not in unknown_yet})
    except ValidationError as error:
        known = [item for item in error.errors() if not unknown_yet.intersection(item["loc"][:1] or unknown_yet)]
        return [_failure(kind, details) for details in known]
    return ()


def _failure(kind: StateType[Any], details: ErrorDetails) -> Failure:
    path = path_of(details)
    name = str(path[0] if path else details.get("ctx", {})["input"])
    where = ".".join(map(str, path))
    match details["type"]:
        case "missing":
            reason = f"{kind.token} needs {where!r}"
        case "extra_forbidden":
            known = {str(field.alias): field for field in kind.inputs.model_fields.values()}
            reason = f"the sandbox's {kind.token} knows no input {where!r}"
            if len(path) == 1:
                reason += f": {unknown(name, known, 'input')}"
        case _:
            reason = problem(details, kind.inputs, {}, _HIDDEN if "pem" in name.lower() else None)
    return Failure(property=name, reason=reason)
