"""The life of one resource: created, read, updated and deleted through the calls of its type.

A creation or update that fails half way keeps what it did and notes what is left (`UNFINISHED`); the next update
goes on from there.
"""

# ruff: noqa: A001
# `id` is the protocol's word.

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Event
from time import monotonic
from typing import Any, Final, TypeAlias, cast

import jmespath

from sandbox.aws_error import AwsError
from sandbox.aws_types.base import Call, Items, Step, Wait
from sandbox.aws_types.templates import Context, find, render
from sandbox.changes import changed_inputs
from sandbox.plan import TAGS, TAGS_ALL, UNFINISHED, Plan, holds, visible
from sandbox.plugin import UNKNOWN, InitializationError, Props, ProviderError, ReadResult
from sandbox.reading import GoneError, Reader, outputs_of

Pending: TypeAlias = dict[str, Any]
"""What is to be applied: input (or one of the two below) -> what AWS has of it: elements of an `Items`, or tags."""
_CREATION: Final = "creation"
_CHANGE: Final = "change"
_LAST_STEPS: Final = "*"
"""The steps at the end of a creation."""
_WAIT: Final = "*wait"
"""The wait at the end of a creation or update."""


class Lifecycle:
    """One resource of a type. `blank` is its context as far as region and name."""

    def __init__(self, plan: Plan, blank: Context) -> None:
        self._plan, self._type, self._blank = plan, plan.type, blank
        self._label = f"{plan.type.token} {blank.name!r}"

    def planned(self, inputs: Props) -> Props:
        """The outputs that a creation will have, `UNKNOWN` where only AWS can say."""
        return {**visible(inputs), **outputs_of(self._plan, UNKNOWN, self._bound(inputs=inputs, lenient=True))}

    def create(self, inputs: Props) -> tuple[str, Props]:
        """`create`, its setters, tags, last steps and wait; a failure after `create` keeps the resource."""
        create, style = self._type.create, self._type.tags
        context = self._bound(inputs=inputs)
        params = self._plan.params(create, self._plan.forward(create, inputs), context)
        if style and style.create and inputs.get(TAGS_ALL):
            params[style.create] = style.to_aws(inputs[TAGS_ALL])
        response = self._perform(create, params, context)
        item = find(create.item, response, context)
        if item is None:
            raise ProviderError(f"{create.operation} on {self._label}: the response has nothing at {create.item!r}")
        context = replace(context, extra={**context.extra, "response": response, "item": item})
        id = str(find(self._type.id, item, context))
        context = replace(context, id=id)
        outputs = {**visible(inputs), **outputs_of(self._plan, item, replace(context, lenient=True))}
        context = replace(context, outputs={k: v for k, v in outputs.items() if v is not UNKNOWN}, extra={})
        pending: Pending = {}
        for setter in self._type.setters:
            pending |= dict.fromkeys(self._plan.on_creation(setter, inputs))
        if style and not style.create and inputs.get(TAGS_ALL):
            pending[TAGS_ALL] = None
        self._apply(context, inputs, {**pending, _LAST_STEPS: None, _WAIT: None}, {})
        return id, self._outputs(context, inputs, item)

    def read(self, id: str, inputs: Props, outputs: Props) -> ReadResult:
        """The inputs where they still hold, else what AWS has; an empty id when the resource is gone."""
        context = self._bound(id=id, inputs=visible(inputs), outputs=outputs)
        reader = Reader(self._plan, context)
        try:
            found = reader.inputs(inputs)
            computed = outputs_of(self._plan, reader.described(), context) if self._type.read else {}
        except GoneError:
            return ReadResult(id="")
        kept = {name: value for name, value in outputs.items() if name not in inputs or name in found}
        return ReadResult(id=id, inputs=found, outputs={**kept, **visible(found), **computed})

    def update(self, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        """The setters of what changed, and of what an interrupted creation or update has left undone."""
        kept = {
            name: value
            for name, value in old_outputs.items()
            if name != UNFINISHED and (name in new or name not in old_inputs)
        }
        if preview:
            return {**kept, **visible(new), **dict.fromkeys(self._type.volatile, UNKNOWN)}
        changed = changed_inputs(old_inputs, new)
        pending: Pending = {name: old_inputs.get(name) for name in sorted(changed)}
        if changed - {TAGS, TAGS_ALL}:
            pending[_WAIT] = None
        unfinished: Mapping[str, Pending] = old_outputs.get(UNFINISHED) or {}
        creation, change = unfinished.get(_CREATION, {}), unfinished.get(_CHANGE, {})
        pending = {name: value for name, value in pending.items() if name not in creation}
        context = self._bound(id=id, inputs=visible(new), outputs=kept)
        self._apply(context, new, creation, {**pending, **change})
        return {**kept, **self._outputs(context, new, None)}

    def delete(self, id: str, inputs: Props, outputs: Props) -> None:
        """The delete steps in order; what is gone already is no error."""
        context = self._bound(id=id, inputs=visible(inputs), outputs=outputs)
        known = {**outputs, **inputs}
        for step in self._type.delete:
            if isinstance(step, Call) and not holds(step, known):
                continue
            try:
                self._step(step, context)
            except ProviderError as error:
                gone = isinstance(error, AwsError) and error.code in self._type.gone
                if not gone and not self._is_gone(context):
                    raise

    def _apply(self, context: Context, inputs: Props, creation: Pending, change: Pending) -> None:
        """Apply what is pending in the type's order; what is left when a step fails is noted for the next update."""
        left: dict[str, Pending] = {_CREATION: dict(creation), _CHANGE: dict(change)}
        defaults = self._type.defaults
        removed = {name: defaults[name] for name in change if name not in inputs and name in defaults}
        wanted = {**inputs, **removed}
        try:
            for setter in self._type.setters:
                if isinstance(setter, Items):
                    if setter.on_create:
                        self._items(setter, inputs, left[_CREATION], context)
                    self._items(setter, wanted, left[_CHANGE], context)
                else:
                    self._complete(setter, inputs, left[_CREATION], context)
                    self._change(setter, wanted, left[_CHANGE], context)
            for pending in left.values():
                if TAGS_ALL in pending:
                    self._tag(pending[TAGS_ALL] or {}, inputs.get(TAGS_ALL) or {}, context)
                for name in set(pending) - {_LAST_STEPS, _WAIT}:
                    del pending[name]
            if _LAST_STEPS in left[_CREATION]:
                for step in self._type.after_create:
                    self._step(step, context)
                del left[_CREATION][_LAST_STEPS]
            waiting = any(_WAIT in pending for pending in left.values())
            if self._type.wait and waiting and holds(self._type.wait, inputs):
                self._wait(self._type.wait, context)
        except ProviderError as error:
            kept = {**context.outputs, **visible(inputs), UNFINISHED: left}
            raise InitializationError(id=context.id, inputs=inputs, outputs=kept, reasons=[str(error)]) from error

    def _complete(self, call: Call, inputs: Props, pending: Pending, context: Context) -> None:
        """Run a setter for the pending inputs that it adds to a creation."""
        names = [name for name in self._plan.on_creation(call, inputs) if name in pending]
        if names:
            self._set(call, inputs, names, context)

    def _change(self, call: Call, inputs: Props, pending: Pending, context: Context) -> None:
        """Run a setter for those of its inputs that have changed, or its `clear` when none is left."""
        concerned = [name for name in sorted(pending) if self._plan.takes(call, name)]
        if not concerned:
            return
        present = any(self._plan.takes(call, name) for name in inputs)
        if not present and call.clear:
            self._perform(call.clear, render(call.clear.params, context), context)
        elif (present or call.whole) and call.on_update and holds(call, inputs):
            self._set(call, inputs, [name for name in concerned if name in inputs], context)

    def _set(self, call: Call, inputs: Props, names: list[str], context: Context) -> None:
        groups = [[name] for name in names] if call.per_input else [None if call.whole else names]
        bound = replace(context, inputs=visible(inputs))
        for group in groups:
            self._perform(call, self._plan.params(call, self._plan.forward(call, inputs, group), bound), bound)

    def _items(self, setter: Items, inputs: Props, left: Pending, context: Context) -> None:
        """Remove and add elements where they are pending; `left` keeps step with what AWS has."""
        if setter.input not in left:
            return
        there, wanted = _elements(left.get(setter.input)), _elements(inputs.get(setter.input))
        steps = [(setter.remove, item) for item in there if item not in wanted]
        steps += [(setter.add, item) for item in wanted if item not in there]
        for call, item in steps:
            bound = replace(context, extra={"item": item})
            self._perform(call, render(call.params, bound), bound)
            there = [*there, item] if call is setter.add else [other for other in there if other != item]
            left[setter.input] = there

    def _tag(self, old: Props, new: Props, context: Context) -> None:
        style = self._type.tags
        if style is None:
            return
        gone = sorted(set(old) - set(new))
        fresh = new if style.replaces_all else {key: value for key, value in new.items() if old.get(key) != value}
        if style.untag and gone and not (style.replaces_all and fresh):
            bound = replace(context, extra={"keys": gone})
            self._perform(style.untag, render(style.untag.params, bound), bound)
        if fresh:
            bound = replace(context, extra={"tags": style.pairs(fresh)})
            self._perform(style.tag, render(style.tag.params, bound), bound)

    def _step(self, step: Step, context: Context) -> None:
        if isinstance(step, Call):
            self._perform(step, render(step.params, context), context)
        else:
            step(context)

    def _perform(self, call: Call, params: Props, context: Context) -> Props:
        try:
            response = context.call(call.service or self._type.service, call.operation, params)
        except AwsError as error:
            if error.code in call.ignore:
                return {}
            raise error.on(self._label) from error
        if call.then is not None:
            call.then(replace(context, extra={**context.extra, "response": response}))
        return response

    def _wait(self, wait: Wait, context: Context) -> None:
        deadline, pause = monotonic() + wait.timeout_seconds, Event()
        while True:
            item = Reader(self._plan, context).item(wait.read)
            if jmespath.search(wait.until, item):
                return
            if jmespath.search(wait.fails, item):
                raise ProviderError(f"{self._label} failed: {wait.fails} became true")
            if monotonic() > deadline:
                raise ProviderError(f"{self._label}: {wait.until} was not true within {wait.timeout_seconds:g} s")
            pause.wait(wait.interval_seconds)

    def _outputs(self, context: Context, inputs: Props, item: Any) -> Props:
        """Outputs after a change: from the described item where the type says so, else from `item`."""
        if self._type.read_after and self._type.read:
            try:
                item = Reader(self._plan, context).described()
            except GoneError:
                raise ProviderError(f"{self._label} cannot be found after the change") from None
        computed = outputs_of(self._plan, item, context) if item is not None else {}
        return {**visible(inputs), **computed}

    def _is_gone(self, context: Context) -> bool:
        """Whether the resource is not there: asked when its deletion failed (moto stumbles over some that are gone)."""
        try:
            Reader(self._plan, context).described()
        except GoneError:
            return True
        return False

    def _bound(self, **values: Any) -> Context:
        return replace(self._blank, **values)


def _elements(value: Any) -> list[Any]:
    """Elements of a list, or of a map as pairs; a single text is one. Elements of a map may come as pairs already."""
    if isinstance(value, Mapping):
        return [{"key": key, "value": item} for key, item in cast(Props, value).items()]
    return [value] if isinstance(value, str) else list(cast(Sequence[Any], value or ()))
