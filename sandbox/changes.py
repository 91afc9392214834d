"""Which inputs differ, and what that means for a resource: nothing, an update in place, or a replacement."""

from collections.abc import Mapping
from typing import Any, cast

from sandbox.drift import same_document
from sandbox.plan import DEFAULTS, UNFINISHED, Plan
from sandbox.plugin import Difference, Props, has_unknown


def changed_inputs(old: Props, new: Props) -> set[str]:
    """Names of the inputs that differ; JSON documents are compared as such, unknown values differ."""
    names = (set(old) | set(new)) - {DEFAULTS}
    return {name for name in names if not _equal(old.get(name), new.get(name))}


def difference(plan: Plan, old_inputs: Props, old_outputs: Props, new: Props) -> Difference:
    """An input that an update call takes is updated; any other change replaces.

    What an interrupted change has left undone counts as an update.
    """
    changed = changed_inputs(old_inputs, new)
    replacing = {name for name in changed if not plan.updatable(name, new)}
    kinds = {UNFINISHED: "update"} if old_outputs.get(UNFINISHED) else {}
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
