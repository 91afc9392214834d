"""Variables in values: `$NAME`, `${NAME}`, defaults, alternatives, required ones, nested ones, `$$`.

Source: compose-spec `12-interpolation.md`; where that is silent, compose-go's `template` package. A lone `$` before
anything but a name, a brace or another `$` stays as it is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.compose.casts import CASTS, Cast
from services.compose.errors import RefusalError
from services.compose.patterns import Rules
from services.compose.values import Path, Value

_REFERENCE = re.compile(
    r"\$(?i:(?P<dollar>\$)|(?P<name>[_a-z][_a-z0-9]*)"
    r"|\{(?:(?P<braced>[_a-z][_a-z0-9]*(?::?[-+?](?:.*))?)\}|(?P<invalid>)))"
)
MAX_WORK = 1 << 28
"""Characters that are looked at for the braces of one text; each brace is looked for to the end of it."""
_OPERATOR = re.compile(r":?[-+?]")


class TemplateError(ValueError):
    """A reference that cannot be read, or a required variable that has no value."""


@dataclass(frozen=True, slots=True)
class Variables:
    """Where values come from, and who hears of names that have none."""

    lookup: Callable[[str], str | None]
    missing: Callable[[str], None] = lambda name: None


def substitute(text: str, variables: Variables) -> str:
    """The text with its variables replaced.

    Raises:
        TemplateError: A reference is malformed, or a required variable is missing.
    """
    if "$" not in text:
        return text
    if text.count("${") * len(text) > MAX_WORK:
        raise TemplateError("the text has too many variables for its length")
    return _REFERENCE.sub(lambda match: _replace(match[0], text, variables), text)


def _replace(found: str, text: str, variables: Variables) -> str:
    """One match: the pattern is greedy, so what follows the first closing brace is a text of its own."""
    end = _closing_brace(found)
    rest = "" if end is None else found[end + 1 :]
    reference = _REFERENCE.match(found if end is None else found[: end + 1])
    if reference is None:
        raise TemplateError(f"{text!r} has a malformed variable; write '$$' for a dollar sign")
    if reference["dollar"]:
        return "$"
    if reference["name"]:
        return _value(reference["name"], variables)
    inner = reference["braced"]
    if not inner:
        raise TemplateError(f"{text!r} has a malformed variable: write '${{NAME}}', or '$$' for a dollar sign")
    operator = _OPERATOR.search(inner)
    if operator is None:
        return _value(inner, variables) + substitute(rest, variables)
    name, argument = inner[: operator.start()], inner[operator.end() :]
    return _operate(name, operator[0], argument, variables) + substitute(rest, variables)


def _operate(name: str, operator: str, argument: str, variables: Variables) -> str:
    value = variables.lookup(name)
    absent = value is None or (operator.startswith(":") and value == "")
    match operator[-1]:
        case "-":
            return substitute(argument, variables) if absent or value is None else value
        case "+":
            return value or "" if absent else substitute(argument, variables)
        case _:
            if absent or value is None:
                reason = substitute(argument, variables)
                raise TemplateError(f"the required variable {name} has no value{f': {reason}' if reason else ''}")
            return value


def _value(name: str, variables: Variables) -> str:
    value = variables.lookup(name)
    if value is None:
        variables.missing(name)
        return ""
    return value


def _closing_brace(text: str) -> int | None:
    """The index of the brace that closes the first one; an opening brace shields the character after it."""
    depth, index = 0, 0
    while index < len(text):
        if text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
        if text[index] == "{":
            depth += 1
            index += 1
        index += 1
    return None


def names_in(text: str) -> tuple[str, ...]:
    """The variables that a text takes its value from, in their order.

    Raises:
        TemplateError: A reference is malformed.
    """
    names: dict[str, None] = {}

    def look_up(name: str) -> str | None:
        names[name] = None
        return "x"

    substitute(text, Variables(look_up))
    return tuple(names)


def interpolate(
    model: Mapping[str, Value],
    values: Mapping[str, str],
    missing: Callable[[Path, str], None],
    replace: Callable[[str, Variables], str] = substitute,
) -> dict[str, Value]:
    """The model with variables replaced in every text, and texts cast where numbers or booleans are wanted.

    `replace` is `substitute`, or does more than it.

    Raises:
        RefusalError: A reference is malformed, a required variable is missing, or a text cannot be cast.
    """

    def visit(value: Value, path: Path, rules: Rules[Cast] | None) -> Value:
        if isinstance(value, str):
            return text(value, path, rules)
        if isinstance(value, dict):
            return {key: visit(entry, (*path, key), rules and rules.below(key)) for key, entry in value.items()}
        if isinstance(value, list):
            return [visit(entry, (*path, index), rules and rules.below(index)) for index, entry in enumerate(value)]
        return value

    def text(value: str, path: Path, rules: Rules[Cast] | None) -> Value:
        try:
            replaced = replace(value, Variables(values.get, lambda name: missing(path, name)))
            return replaced if rules is None or rules.rule is None else rules.rule(replaced)
        except ValueError as error:
            raise RefusalError(path, str(error), value) from error

    return {key: visit(value, (key,), CASTS.below(key)) for key, value in model.items()}
