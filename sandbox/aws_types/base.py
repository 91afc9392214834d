"""How a Pulumi type of the `aws` package becomes AWS calls: the vocabulary of the modules beside this one.

To write a type, look up three things: the token and inputs (`pulumi_aws/<module>/<resource>.py`), the operations
(botocore's model of the service) and what moto answers. Then declare an `AwsType`:

1. `create` is a `Call`. Every input is sent whose name the operation's input shape knows, whatever the case,
   underscores or a plural s; a list of one stands for a structure, a scalar for `{"Value": scalar}`, a JSON string for
   a list or structure. What differs is a `renames` entry (`"identifier": "DBInstanceIdentifier"`,
   `"vpcConfig.subnets": "VpcConfig.SubnetIds"`; paths carry no list indexes; `"."` merges a nested block into its
   parent) or a `convert` entry. Constants and values from elsewhere are `params`.
2. `setters` are further calls. On creation one runs when an input is present that `create` does not take; on update
   when an input that it takes has changed. An input that no setter takes replaces the resource when it changes; so a
   setter's identifying members are given in `params` (`{"RoleName": "{id}"}`), which hides them from the inputs.
3. `id` says how the id comes out of the create call's item; `read` how the resource is found again; `gone` the error
   codes that mean it no longer exists; `delete` how it goes.
4. `outputs` are expressions over the item; `unsent` lists the inputs that no call takes, each with its reason: any
   other input that nobody takes is an error.

Values that are not inputs are templates and expressions: `sandbox.aws_types.templates`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from sandbox.aws_types.templates import Context, Expression, Template


@dataclass(frozen=True, kw_only=True)
class Convert:
    """How an input differs in form: `to_aws` makes the AWS value, `to_pulumi` the input's (for drift)."""

    to_aws: Callable[[Any], Any]
    to_pulumi: Callable[[Any], Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Read:
    """How something is found: an operation and where it lies in the response.

    `renames` say under which path of the item a sent member appears (`"KmsKeyId": "EncryptionKey.Id"`; an empty path is
    the item itself); `values` do so for whole inputs, in front of everything else
    (`"enableKeyRotation": "KeyRotationEnabled"`; a function finds the item as the context's `item`).
    """

    operation: str
    params: Mapping[str, Template] = field(default_factory=dict[str, Template])
    item: str = ""
    service: str | None = None
    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    values: Mapping[str, Expression] = field(default_factory=dict[str, Expression])
    gone: tuple[str, ...] = ()
    """Error codes that mean the thing is not there, beside the type's own."""
    shape: str | None = None
    """Member path of the item in the response's shape, where `item` is an expression that does not show it."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """An operation that takes inputs.

    Restrictions: `inputs` names the only inputs offered to it (default: all that it takes); `triggers` are inputs that
    it stands for without sending them by name; `when` are input values without which it does not run, `unless` ones
    with which it does not.
    Forms: `per_input` makes one call for each of its inputs; `whole` sends all inputs on an update, not only the
    changed ones (required members are always sent).
    Removal: when all of its inputs are gone from the program, `clear` runs instead.
    """

    operation: str
    service: str | None = None
    params: Mapping[str, Template] = field(default_factory=dict[str, Template])
    inputs: tuple[str, ...] | None = None
    triggers: tuple[str, ...] = ()
    when: Mapping[str, Any] = field(default_factory=dict[str, Any])
    unless: Mapping[str, Any] = field(default_factory=dict[str, Any])
    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    convert: Mapping[str, Convert] = field(default_factory=dict[str, Convert])
    per_input: bool = False
    whole: bool = False
    on_create: bool = True
    on_update: bool = True
    clear: "Call | None" = None
    item: str = ""
    """Where the resource lies in this call's response (used for `create`)."""
    read: Read | None = None
    """Where what this call sets is read back; default: the type's `read`."""
    ignore: tuple[str, ...] = ()
    """Error codes that count as success."""
    then: Callable[[Context], None] | None = None
    """What follows at once, with `{response}`: waiting for what the operation has only begun."""


@dataclass(frozen=True, kw_only=True)
class Items:
    """A setter of a list (or map, or single) input element by element: `add` and `remove` see each as `{item}`."""

    input: str
    add: Call
    remove: Call
    read: Read | None = None
    on_create: bool = True


Setter: TypeAlias = Call | Items
Step: TypeAlias = Call | Callable[[Context], None]


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Poll `read` until the JMESPath `until` is true; `fails` being true, or the deadline, is an error.

    `when` are input values without which nothing is waited for.
    """

    read: Read
    until: str
    fails: str = "`false`"
    timeout_seconds: float = 120
    interval_seconds: float = 0.2
    when: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class TagStyle:
    """How a service takes tags.

    `create` is the path of the create call's member that takes them (`None`: the `tag` call runs after creation);
    `form` turns a map of tags into AWS's form and back. `tag` and `untag` have `{tags}` (in that form) and `{keys}` in
    their params. `read` finds them: a `Read`, or an expression over the type's read item.
    """

    tag: Call
    untag: Call | None
    read: Read | str
    create: str | None = "Tags"
    key: str = "Key"
    value: str = "Value"
    map: bool = False
    """Tags are a plain map, not a list of pairs."""
    specification: str | None = None
    """EC2's ResourceType, where tags are sent as TagSpecifications."""
    replaces_all: bool = False
    """`tag` takes the whole set and drops the others."""

    def to_aws(self, tags: Mapping[str, Any]) -> Any:
        """The tags in the service's form."""
        form = dict(tags) if self.map else [{self.key: key, self.value: value} for key, value in tags.items()]
        return [{"ResourceType": self.specification, "Tags": form}] if self.specification else form

    def pairs(self, tags: Mapping[str, Any]) -> Any:
        """The tags in the form of the `tag` call."""
        return dict(tags) if self.map else [{self.key: key, self.value: value} for key, value in tags.items()]

    def from_aws(self, found: Any) -> dict[str, Any]:
        """A map of what AWS gave; its own `aws:` tags are left out."""
        if isinstance(found, Mapping):
            tags = dict(cast(Mapping[str, Any], found))
        else:
            tags = {pair[self.key]: pair[self.value] for pair in cast(Sequence[Mapping[str, Any]], found or ())}
        return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def _ec2_keys(context: Context) -> list[dict[str, str]]:
    return [{"Key": key} for key in cast(list[str], context.lookup("keys"))]


def ec2_tags(resource_type: str) -> TagStyle:
    """EC2: TagSpecifications at creation, CreateTags and DeleteTags by id."""
    return TagStyle(
        create="TagSpecifications",
        specification=resource_type,
        tag=Call(operation="CreateTags", service="ec2", params={"Resources": ["{id}"], "Tags": "{tags}"}),
        untag=Call(
            operation="DeleteTags",
            service="ec2",
            params={"Resources": ["{id}"], "Tags": _ec2_keys},
        ),
        read="Tags",
    )


def tag_calls(
    tag: str,
    untag: str,
    member: str,
    *,
    resource: Template = "{arn}",
    tags: str = "Tags",
    keys: str = "TagKeys",
    read: Read | str = "Tags",
    create: str | None = "Tags",
    key: str = "Key",
    value: str = "Value",
    map: bool = False,
    constants: Mapping[str, Template] | None = None,
) -> TagStyle:
    """The common style: `tag(member=resource, tags=...)` and `untag(member=resource, keys=[...])`.

    `constants` are further members of both.
    """
    both = {member: resource, **(constants or {})}
    return TagStyle(
        tag=Call(operation=tag, params={**both, tags: "{tags}"}),
        untag=Call(operation=untag, params={**both, keys: "{keys}"}),
        read=read,
        create=create,
        key=key,
        value=value,
        map=map,
    )


@dataclass(frozen=True, kw_only=True)
class Autoname:
    """The input that is named after the resource when the program gives none: logical name, separator, 7 hex digits."""

    input: str = "name"
    max_length: int = 255
    separator: str = "-"


@dataclass(frozen=True, kw_only=True)
class AwsType:
    """A resource type. Read this module's docstring for how to write one."""

    token: str
    service: str
    create: Call
    id: Expression
    """Over the create call's item, or a template."""
    read: Read | None
    """`None`: the resource is nothing but its inputs, and refreshing it looks at its setters only."""
    gone: tuple[str, ...] = ()
    setters: tuple[Setter, ...] = ()
    delete: tuple[Step, ...] = ()
    """In order. Empty: the resource is only forgotten."""
    after_create: tuple[Step, ...] = ()
    """Steps after the setters of a creation, for what no call can say."""
    wait: Wait | None = None
    """Waited for at the end of a creation and of an update."""
    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of every call of this type whose shape has the target's first member."""
    convert: Mapping[str, Convert] = field(default_factory=dict[str, Convert])
    unsent: Mapping[str, str] = field(default_factory=dict[str, str])
    """Input (or nested path) -> why no call takes it. Its changes only update the state."""
    unread: Mapping[str, str] = field(default_factory=dict[str, str])
    """Input -> why it is not compared on refresh."""
    unordered: frozenset[str] = frozenset()
    """Paths of lists of structures whose order means nothing (lists of scalars never have one here)."""
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What an input becomes when it is removed from the program; without one (or a `clear`) removal replaces."""
    replace_on: frozenset[str] = frozenset()
    """Inputs that replace although a setter takes them."""
    presets: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Inputs that the provider fills in when the program does not give them (not for values that AWS chooses)."""
    unique: tuple[str, ...] = ()
    """Inputs of which AWS allows one combination at a time: a replacement that keeps them deletes first."""
    autoname: Autoname | None = None
    tags: TagStyle | None = None
    outputs: Mapping[str, Expression] = field(default_factory=dict[str, Expression])
    """Output -> expression over the item."""
    returns: tuple[str, ...] = ()
    """Outputs that are the item's member of the same name, whatever its case."""
    read_after: bool = False
    """Outputs need the described item: one `read` follows creation and update."""
    volatile: tuple[str, ...] = ()
    """Outputs that any update may change."""
    relaxed: Mapping[str, str] = field(default_factory=dict[str, str])
    """AWS member -> why its pattern or enum in the model is not to be believed."""


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function of the package (`pulumi.runtime.invoke`): arguments are forwarded by name, as inputs are."""

    token: str
    service: str
    read: Read
    outputs: Mapping[str, Expression]
    missing: str = "nothing was found"
    """What to say when the item does not exist."""
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Arguments that are these when they are not given."""
