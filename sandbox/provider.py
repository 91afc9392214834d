"""The sandbox's `aws` provider: pulumi-aws resources as botocore calls against a moto server."""

# ruff: noqa: D102
# The methods of the protocol are documented where `Plugin` declares them.

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, Protocol, Self, cast

from sandbox.aws_types import FUNCTIONS, REGISTRY
from sandbox.aws_types.templates import Caller, Context, find, render
from sandbox.calls import Clients, known_regions
from sandbox.changes import difference
from sandbox.lifecycle import Lifecycle
from sandbox.mapping import Mapper
from sandbox.plan import DEFAULTS, REGION, TAGS, TAGS_ALL, UNFINISHED, Plan, plan_of
from sandbox.plugin import (
    UNKNOWN,
    Checked,
    Difference,
    Failure,
    Plugin,
    Props,
    ProviderError,
    ReadResult,
    Unknown,
    Urn,
)
from sandbox.refusals import Occasion
from sandbox.service_models import input_shape

ACCOUNT: Final = "123456789012"
"""moto's account."""

UNPROTECTED: Final[Props] = {
    "deleteAutomatedBackups": True,
    "deletionProtection": False,
    "deletionProtectionEnabled": False,
    "enableDeletionProtection": False,
    "forceDelete": True,
    "forceDestroy": True,
    "recoveryWindowInDays": 0,
    "skipDestroy": False,
    "skipFinalSnapshot": True,
}
"""Inputs of pulumi-aws that keep a resource, or something of it, from its deletion -> with what it goes as a whole."""


class Refusing(Protocol):
    """A row of the table of what AWS refuses and moto accepts (`sandbox.refusals`)."""

    @property
    def token(self) -> str: ...

    @property
    def occasion(self) -> Occasion: ...

    def check(self, inputs: Props, ask: Caller) -> str | None:
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
        default_tags: Props | Unknown | None = None,
    ) -> None:
        self._clients = clients or Clients(endpoint_url=endpoint_url, region=region)
        self._refusals = refusals
        self._default_tags = default_tags or {}

    def configure(self, config: Props) -> Self:
        """Takes `region` and `defaultTags` (an object or JSON of one, with `tags`)."""
        region = config.get("region") or self._clients.region
        if region not in known_regions():
            raise ProviderError(f"region: {_no_region(region)}")
        raw: Any = config.get("defaultTags") or {}
        parsed: Any = json.loads(raw) if isinstance(raw, str) else raw
        tags: Props | Unknown = UNKNOWN if parsed is UNKNOWN else cast(Props, parsed).get("tags") or {}
        return type(self)(
            endpoint_url=self._clients.endpoint_url,
            region=region,
            refusals=self._refusals,
            clients=self._clients.in_region(region),
            default_tags=tags,
        )

    def check(self, urn: Urn, old: Props, new: Props, seed: bytes) -> Checked:
        """Fill in the autoname and all tags; refuse what no call takes and what the models or AWS forbid."""
        plan = _plan(urn)
        inputs = {name: value for name, value in new.items() if value is not None and name != DEFAULTS}
        for name, preset in plan.type.presets.items():
            inputs.setdefault(name, preset)
        region = inputs.get(REGION)
        if region is not None and region is not UNKNOWN and region not in known_regions():
            return Checked(inputs=inputs, failures=[Failure(property=REGION, reason=_no_region(region))])
        failures = _autoname(plan, urn, old, inputs, seed)
        self._merge_tags(plan, inputs)
        context = self._context(urn, inputs, inputs=inputs, lenient=True)
        failures += plan.failures(inputs, context)
        if not failures:
            refused = self._refused(urn, inputs, Occasion.DECLARE)
            failures += [Failure(property="", reason=text) for text in refused]
        return Checked(inputs=inputs, failures=failures)

    def diff(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
        return difference(_plan(urn), old_inputs, old_outputs, new)

    def create(self, urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        life = self._life(urn, inputs)
        if preview:
            return "", life.planned(inputs)
        self._require(urn, inputs, Occasion.CHANGE)
        return life.create(inputs)

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        if not inputs:
            raise ProviderError(f"{urn.type} {urn.name!r}: the sandbox cannot import or adopt existing resources by id")
        return self._life(urn, inputs).read(id, inputs, outputs)

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props, preview: bool) -> Props:
        if not preview:
            self._require(urn, new, Occasion.CHANGE)
        return self._life(urn, new).update(id, old_inputs, old_outputs, new, preview)

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        self._require(urn, {**inputs, "id": id}, Occasion.DELETE)
        self._life(urn, inputs).delete(id, inputs, outputs)

    def discard(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        lifted = {name: value for name, value in UNPROTECTED.items() if name in inputs}
        life, unprotected = self._life(urn, inputs), {**inputs, **lifted}
        if unprotected != inputs and life.read(id, inputs, outputs).id:
            outputs = {name: value for name, value in outputs.items() if name != UNFINISHED}
            outputs = life.update(id, inputs, outputs, unprotected, preview=False)
        self.delete(urn, id, unprotected, outputs)

    def invoke(self, token: str, args: Props) -> Props:
        """A function of the table; any other is an error that names it."""
        function = FUNCTIONS.get(token)
        if function is None:
            known = ", ".join(sorted(FUNCTIONS))
            raise ProviderError(
                f"the sandbox has no function {token!r} (it has {known}); add it to a module of sandbox/aws_types"
            )
        args = {**function.defaults, **{name: value for name, value in args.items() if value is not None}}
        context = self._context(Urn(text=f"::::::{token}"), args, inputs=args)
        service = function.read.service or function.service
        mapper = Mapper(shape=input_shape(service, function.read.operation), fixed=frozenset(function.read.params))
        offered = {name: value for name, value in args.items() if f"{{{name}" not in str(function.read.params)}
        params = {**mapper.forward(offered).params, **render(function.read.params, context)}
        item = find(function.read.item, context.call(service, function.read.operation, params), context)
        if item is None:
            raise ProviderError(f"{token}: {function.missing} for {json.dumps(args)}")
        context = replace(context, extra={"item": item})
        found = {name: find(expression, item, context) for name, expression in function.outputs.items()}
        return {**args, **{name: value for name, value in found.items() if value is not None}}

    def _merge_tags(self, plan: Plan, inputs: Props) -> None:
        """All tags of a resource are the provider's under its own; unknown when either is."""
        if plan.type.tags is None:
            return
        default = self._default_tags
        own: Props | Unknown = inputs.get(TAGS) or {}
        if isinstance(default, Unknown) or isinstance(own, Unknown):
            inputs[TAGS_ALL] = UNKNOWN
        elif merged := {**default, **own}:
            inputs[TAGS_ALL] = merged

    def _require(self, urn: Urn, inputs: Props, occasion: Occasion) -> None:
        if refused := next(self._refused(urn, inputs, occasion), None):
            raise ProviderError(f"{urn.type} {urn.name!r}: {refused}")

    def _refused(self, urn: Urn, inputs: Props, occasion: Occasion) -> Iterator[str]:
        rows = [row for row in self._refusals if row.token == urn.type and row.occasion is occasion]
        ask = self._in_region_of(inputs).call
        return (text for row in rows if (text := row.check(inputs, ask)) is not None)

    def _life(self, urn: Urn, inputs: Props) -> Lifecycle:
        return Lifecycle(_plan(urn), self._context(urn, inputs))

    def _context(self, urn: Urn, located: Props, **values: Any) -> Context:
        clients = self._in_region_of(located)
        return Context(call=clients.call, region=clients.region, account=ACCOUNT, name=urn.name, **values)

    def _in_region_of(self, inputs: Props) -> Clients:
        region = inputs.get(REGION)
        return self._clients.in_region(region) if isinstance(region, str) else self._clients


def _no_region(region: object) -> str:
    return f"{region!r} is no AWS region; known are {', '.join(sorted(known_regions()))}"


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
