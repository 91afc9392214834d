"""The sandbox's `aws` provider: pulumi-aws resources as botocore calls against a moto server."""

# ruff: noqa: A001, D102
# `id` is the protocol's word.

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Event
from time import monotonic
from typing import Any, ClassVar, Final, Protocol, Self, cast

import jmespath

from sandbox.aws_types import FUNCTIONS, REGISTRY
from sandbox.aws_types.base import Call, Context, Items, Step, Wait, find, render
from sandbox.calls import AwsError, Clients
from sandbox.mapping import Mapper, input_shape, same_document
from sandbox.plan import DEFAULTS, TAGS, TAGS_ALL, Plan, holds, plan_of
from sandbox.plugin import (
    UNKNOWN,
    Checked,
    Difference,
    Failure,
    InitializationError,
    Plugin,
    Props,
    ProviderError,
    ReadResult,
    Urn,
    has_unknown,
)
from sandbox.reading import GoneError, Reader, outputs_of

ACCOUNT: Final = "123456789012"
"""moto's account."""
UNFINISHED: Final = "__unfinished"
"""Output that lists the inputs which a failed creation has not applied ("*": its last steps)."""
_LAST_STEPS: Final = "*"


class Refusing(Protocol):
    """A row of the table of what AWS refuses and moto accepts."""

    @property
    def token(self) -> str: ...

    def check(self, inputs: Props) -> str | None:
        """What AWS would say, `None` when it would accept."""
        ...


class AwsProvider(Plugin):
    """The provider. One instance answers for one provider resource: `configure` makes those."""

    package: ClassVar[str] = "aws"
    version: ClassVar[str] = "7.51.1"

    def __init__(
        self,
        *,
        endpoint_url: str,
        region: str,
        refusals: Sequence[Refusing] = (),
        clients: Clients | None = None,
        default_tags: Props | None = None,
    ) -> None:
        self._clients = clients or Clients(endpoint_url=endpoint_url, region=region)
        self._refusals = refusals
        self._default_tags = default_tags or {}

    def configure(self, config: Props) -> Self:
        """Takes `region` and `defaultTags` (an object or JSON of one, with `tags`)."""
        region = config.get("region") or self._clients.region
        endpoint = self._clients.endpoint_url
        clients = self._clients if region == self._clients.region else Clients(endpoint_url=endpoint, region=region)
        raw: Any = config.get("defaultTags") or {}
        parsed: Any = json.loads(raw) if isinstance(raw, str) else raw
        tags: Props = {} if parsed is UNKNOWN else cast(Props, parsed).get("tags") or {}
        return type(self)(
            endpoint_url=endpoint, region=region, refusals=self._refusals, clients=clients, default_tags=tags
        )

    def check(self, urn: Urn, old: Props, new: Props, seed: bytes) -> Checked:
        """Fill in the autoname and all tags; refuse what no call takes and what the models or AWS forbid."""
        plan = _plan(urn)
        inputs = {name: value for name, value in new.items() if value is not None and name != DEFAULTS}
        for name, preset in plan.type.presets.items():
            inputs.setdefault(name, preset)
        failures = _autoname(plan, urn, old, inputs, seed)
        if plan.type.tags and not isinstance(inputs.get(TAGS), type(UNKNOWN)):
            merged = {**self._default_tags, **cast(Props, inputs.get(TAGS) or {})}
            if merged:
                inputs[TAGS_ALL] = merged
        elif plan.type.tags:
            inputs[TAGS_ALL] = UNKNOWN
        context = self._context(urn, inputs=inputs, lenient=True)
        failures += plan.failures(inputs, context)
        if not failures:
            refused = (row.check(inputs) for row in self._refusals if row.token == plan.type.token)
            failures += [Failure(property="", reason=text) for text in refused if text]
        return Checked(inputs=inputs, failures=failures)

    def diff(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
        """An input that an update call takes is updated; any other change replaces."""
        plan = _plan(urn)
        changed = _changed(old_inputs, new)
        replacing = {name for name in changed if not plan.updatable(name, new)}
        kinds: dict[str, str] = {}
        for name in changed:
            kinds.update(_paths(name, old_inputs.get(name), new.get(name)))
        replaces = {path for path in kinds if path.split(".")[0] in replacing or not plan.updatable_below(path, new)}
        fixed = [plan.type.autoname.input] if plan.type.autoname else []
        unique = [name for name in plan.type.unique or fixed if name not in (new.get(DEFAULTS) or [])]
        kept = bool(unique) and all(new.get(name) == old_inputs.get(name) for name in unique)
        return Difference(
            updates=frozenset(kinds) - replaces,
            replaces=frozenset(replaces),
            kinds=kinds,
            delete_before_replace=bool(replaces) and kept,
        )

    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        """`create`, its setters, tags, last steps and wait; a failure after `create` keeps the resource."""
        plan = _plan(urn)
        aws_type = plan.type
        context = self._context(urn, inputs=inputs, lenient=preview)
        if preview:
            return "", {**_visible(inputs), **outputs_of(plan, UNKNOWN, context)}
        forwarded = plan.forward(aws_type.create, inputs)
        params = plan.params(aws_type.create, forwarded, context)
        style = aws_type.tags
        if style and style.create and inputs.get(TAGS_ALL):
            params[style.create] = style.to_aws(inputs[TAGS_ALL])
        response = self._perform(plan, urn, aws_type.create, params, context)
        item = find(aws_type.create.item, response, context)
        if item is None:
            raise ProviderError(
                f"{aws_type.create.operation} on {urn.type} {urn.name!r}: the response has nothing at "
                f"{aws_type.create.item!r}"
            )
        context = replace(context, extra={**context.extra, "response": response, "item": item})
        id = str(find(aws_type.id, item, context))
        context = replace(context, id=id)
        outputs = {**_visible(inputs), **outputs_of(plan, item, replace(context, lenient=True))}
        context = replace(context, outputs={k: v for k, v in outputs.items() if v is not UNKNOWN}, extra={})
        todo = [name for setter in aws_type.setters for name in plan.on_creation(setter, inputs)]
        todo += [TAGS_ALL] if style and not style.create and inputs.get(TAGS_ALL) else []
        self._finish(plan, urn, context, inputs, {**dict.fromkeys(todo), _LAST_STEPS: None})
        return id, self._outputs(plan, context, inputs, item)

    def _finish(self, plan: Plan, urn: Urn, context: Context, inputs: Props, todo: dict[str, None]) -> None:
        """The part of a creation after `create`; what fails is noted for the next update."""
        try:
            for setter in plan.type.setters:
                names = [name for name in plan.on_creation(setter, inputs) if name in todo]
                if isinstance(setter, Items) and names:
                    self._items(plan, urn, setter, (), _elements(inputs[setter.input]), context)
                elif isinstance(setter, Call) and names:
                    self._set(plan, urn, setter, inputs, names, context)
                for name in names:
                    todo.pop(name, None)
            if TAGS_ALL in todo:
                self._tag(plan, urn, {}, inputs[TAGS_ALL], context)
                todo.pop(TAGS_ALL)
            for step in plan.type.after_create:
                self._step(plan, urn, step, context)
            if plan.type.wait and holds(plan.type.wait, inputs):
                _wait(plan, urn, plan.type.wait, context)
        except ProviderError as error:
            kept = {**context.outputs, UNFINISHED: list(todo)}
            raise InitializationError(id=context.id, inputs=inputs, outputs=kept, reasons=[str(error)]) from error

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        """The inputs where they still hold, else what AWS has; an empty id when the resource is gone."""
        plan = _plan(urn)
        if not inputs:
            raise ProviderError(f"{urn.type} {urn.name!r}: the sandbox cannot import or adopt existing resources by id")
        context = self._context(urn, id=id, inputs=_visible(inputs), outputs=outputs)
        reader = Reader(plan, context)
        try:
            found = reader.inputs(inputs)
            computed = outputs_of(plan, reader.described(), context) if plan.type.read else {}
        except GoneError:
            return ReadResult(id="")
        kept = {name: value for name, value in outputs.items() if name not in inputs or name in found}
        return ReadResult(id=id, inputs=found, outputs={**kept, **_visible(found), **computed})

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        """The setters of what changed, and of what an interrupted creation has left undone."""
        plan = _plan(urn)
        kept = {
            name: value
            for name, value in old_outputs.items()
            if name != UNFINISHED and (name in new or name not in old_inputs)
        }
        if preview:
            return {**kept, **_visible(new), **dict.fromkeys(plan.type.volatile, UNKNOWN)}
        context = self._context(urn, id=id, inputs=_visible(new), outputs=kept)
        unfinished = cast(list[str], old_outputs.get(UNFINISHED) or [])
        if unfinished:
            self._finish(plan, urn, context, new, dict.fromkeys(unfinished))
        changed = {name for name in _changed(old_inputs, new) if name not in unfinished}
        removed = {name: plan.type.defaults[name] for name in changed - set(new) if name in plan.type.defaults}
        effective = {**new, **removed}
        for setter in plan.type.setters:
            self._apply(plan, urn, setter, old_inputs, effective, changed, context)
        if plan.type.wait and changed - {TAGS, TAGS_ALL} and holds(plan.type.wait, new):
            _wait(plan, urn, plan.type.wait, context)
        if TAGS_ALL in changed and plan.type.tags:
            self._tag(plan, urn, old_inputs.get(TAGS_ALL) or {}, new.get(TAGS_ALL) or {}, context)
        return {**kept, **self._outputs(plan, context, new, None)}

    def _apply(
        self,
        plan: Plan,
        urn: Urn,
        setter: Call | Items,
        old: Props,
        new: Props,
        changed: set[str],
        context: Context,
    ) -> None:
        concerned = [name for name in sorted(changed) if plan.takes(setter, name)]
        if not concerned:
            return
        if isinstance(setter, Items):
            before, after = _elements(old.get(setter.input)), _elements(new.get(setter.input))
            self._items(plan, urn, setter, before, after, context)
            return
        present = [name for name in new if plan.takes(setter, name)]
        if not present and setter.clear:
            self._perform(plan, urn, setter.clear, render(setter.clear.params, context), context)
        elif (present or setter.whole) and setter.on_update and holds(setter, new):
            self._set(plan, urn, setter, new, [name for name in concerned if name in new], context)

    def _set(self, plan: Plan, urn: Urn, call: Call, inputs: Props, names: list[str], context: Context) -> None:
        groups = [[name] for name in names] if call.per_input else [None if call.whole else names]
        for group in groups:
            params = plan.params(call, plan.forward(call, inputs, group), replace(context, inputs=_visible(inputs)))
            self._perform(plan, urn, call, params, context)

    def _items(
        self, plan: Plan, urn: Urn, setter: Items, before: Sequence[Any], after: Sequence[Any], context: Context
    ) -> None:
        steps = [(setter.remove, [item for item in before if item not in after])]
        steps += [(setter.add, [item for item in after if item not in before])]
        for call, items in steps:
            for item in items:
                bound = replace(context, extra={"item": item})
                self._perform(plan, urn, call, render(call.params, bound), bound)

    def _tag(self, plan: Plan, urn: Urn, old: Props, new: Props, context: Context) -> None:
        style = plan.type.tags
        if style is None:
            return
        gone = sorted(set(old) - set(new))
        fresh = new if style.replaces_all else {key: value for key, value in new.items() if old.get(key) != value}
        if style.untag and gone and not (style.replaces_all and fresh):
            bound = replace(context, extra={"keys": gone})
            self._perform(plan, urn, style.untag, render(style.untag.params, bound), bound)
        if fresh:
            bound = replace(context, extra={"tags": style.pairs(fresh)})
            self._perform(plan, urn, style.tag, render(style.tag.params, bound), bound)

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """The delete steps in order; what is gone already is no error."""
        plan = _plan(urn)
        context = self._context(urn, id=id, inputs=_visible(inputs), outputs=outputs)
        known = {**outputs, **inputs}
        for step in plan.type.delete:
            if not isinstance(step, Call) or holds(step, known):
                try:
                    self._step(plan, urn, step, context)
                except ProviderError as error:
                    if not (isinstance(error, AwsError) and error.code in plan.type.gone) and not _is_gone(
                        plan, context
                    ):
                        raise

    def invoke(self, token: str, args: Props) -> Props:
        """A function of the table; any other is an error that names it."""
        function = FUNCTIONS.get(token)
        if function is None:
            known = ", ".join(sorted(FUNCTIONS))
            raise ProviderError(
                f"the sandbox has no function {token!r} (it has {known}); add it to a module of sandbox/aws_types"
            )
        args = {**function.defaults, **{name: value for name, value in args.items() if value is not None}}
        context = self._context(Urn(text=f"::::::{token}"), inputs=args)
        service = function.read.service or function.service
        mapper = Mapper(shape=input_shape(service, function.read.operation), fixed=frozenset(function.read.params))
        offered = {name: value for name, value in args.items() if f"{{{name}" not in str(function.read.params)}
        params = {**mapper.forward(offered).params, **render(function.read.params, context)}
        item = find(function.read.item, self._clients.call(service, function.read.operation, params), context)
        if item is None:
            raise ProviderError(f"{token}: {function.missing} for {json.dumps(args)}")
        context = replace(context, extra={"item": item})
        found = {name: find(expression, item, context) for name, expression in function.outputs.items()}
        return {**args, **{name: value for name, value in found.items() if value is not None}}

    def _context(self, urn: Urn, **values: Any) -> Context:
        return Context(call=self._clients.call, region=self._clients.region, account=ACCOUNT, name=urn.name, **values)

    def _step(self, plan: Plan, urn: Urn, step: Step, context: Context) -> None:
        if isinstance(step, Call):
            self._perform(plan, urn, step, render(step.params, context), context)
        else:
            step(context)

    def _perform(self, plan: Plan, urn: Urn, call: Call, params: Props, context: Context) -> Props:
        try:
            response = context.call(call.service or plan.type.service, call.operation, params)
        except AwsError as error:
            if error.code in call.ignore:
                return {}
            raise error.on(f"{urn.type} {urn.name!r}") from error
        if call.then is not None:
            call.then(replace(context, extra={**context.extra, "response": response}))
        return response

    def _outputs(self, plan: Plan, context: Context, inputs: Props, item: Any) -> Props:
        """Outputs after a change: from the described item where the type says so, else from `item`."""
        if plan.type.read_after and plan.type.read:
            try:
                item = Reader(plan, context).described()
            except GoneError:
                raise ProviderError(f"{plan.type.token} {context.name!r} cannot be found after the change") from None
        computed = outputs_of(plan, item, context) if item is not None else {}
        return {**_visible(inputs), **computed}


def _plan(urn: Urn) -> Plan:
    plan = plan_of(urn.type)
    if plan is None:
        module = urn.type.split(":")[1].split("/")[0] if ":" in urn.type else "?"
        raise ProviderError(
            f"the sandbox has no AWS type {urn.type!r} (resource {urn.name!r}): add an AwsType for it to "
            f"sandbox/aws_types/ (module of the service, {module}); base.py there says how. "
            f"It has {len(REGISTRY)} types."
        )
    return plan


def _autoname(plan: Plan, urn: Urn, old: Props, inputs: Props, seed: bytes) -> list[Failure]:
    """Name the resource where the program does not, after its own name or after the prefix that the program gives.

    A replacement (no old inputs) gets a name of its own.
    """
    rule = plan.type.autoname
    if rule is None or rule.input in inputs:
        return []
    prefix = inputs.pop(f"{rule.input}Prefix", None)
    begins = f"{urn.name}{rule.separator}" if prefix is None else prefix
    if begins is UNKNOWN:
        inputs[rule.input], inputs[DEFAULTS] = UNKNOWN, [rule.input]
        return []
    kept = str(old.get(rule.input)) if rule.input in (old.get(DEFAULTS) or []) else ""
    same = kept if prefix is None or kept.startswith(prefix) else ""
    inputs[rule.input] = same or f"{begins}{hashlib.sha256(seed).hexdigest()[:7]}"
    inputs[DEFAULTS] = [rule.input]
    if len(inputs[rule.input]) <= rule.max_length:
        return []
    room = rule.max_length - len(rule.separator) - 7
    reason = (
        f"the automatic name {inputs[rule.input]!r} has {len(inputs[rule.input])} characters, AWS allows "
        f"{rule.max_length}: shorten the resource's name to {room} characters or give {rule.input!r}"
    )
    return [Failure(property=rule.input, reason=reason)]


def _visible(inputs: Props) -> Props:
    return {name: value for name, value in inputs.items() if name != DEFAULTS}


def _changed(old: Props, new: Props) -> set[str]:
    names = (set(old) | set(new)) - {DEFAULTS}
    return {name for name in names if not _equal(old.get(name), new.get(name))}


def _equal(old: Any, new: Any) -> bool:
    if has_unknown(new):
        return False
    return old == new or (isinstance(old, str) and isinstance(new, str) and same_document(old, new))


def _paths(path: str, old: Any, new: Any) -> dict[str, str]:
    """Changed paths below `path`: blocks by their keys, everything else as a whole."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        before, after = cast(Props, old), cast(Props, new)
        found: dict[str, str] = {}
        simple = all(key.isidentifier() for key in (*before, *after))
        if simple:
            for key in sorted({*before, *after}):
                if not _equal(before.get(key), after.get(key)):
                    found.update(_paths(f"{path}.{key}", before.get(key), after.get(key)))
            return found
    return {path: "add" if old is None else "delete" if new is None else "update"}


def _is_gone(plan: Plan, context: Context) -> bool:
    """Whether the resource is not there: asked when its deletion failed (moto stumbles over some that are gone)."""
    try:
        Reader(plan, context).described()
    except GoneError:
        return True
    return False


def _elements(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [{"key": key, "value": item} for key, item in cast(Props, value).items()]
    return [value] if isinstance(value, str) else list(cast(Sequence[Any], value or ()))


def _wait(plan: Plan, urn: Urn, wait: Wait, context: Context) -> None:
    deadline, pause = monotonic() + wait.timeout_seconds, Event()
    while True:
        item = Reader(plan, context).item(wait.read)
        if jmespath.search(wait.until, item):
            return
        if jmespath.search(wait.fails, item):
            raise ProviderError(f"{urn.type} {urn.name!r} failed: {wait.fails} became true")
        if monotonic() > deadline:
            raise ProviderError(f"{urn.type} {urn.name!r}: {wait.until} was not true within {wait.timeout_seconds:g} s")
        pause.wait(wait.interval_seconds)
