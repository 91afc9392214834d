"""The patterns of AWS's models, which are written in the dialects of Java and JavaScript, as Python's."""

import re
import unicodedata
from functools import cache
from itertools import groupby
from typing import Final

_TOKENS: Final = re.compile(
    r"\\[pP]\{(?P<property>\w+)\}"
    r"|\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<flags>\(\?[a-z]+\))"
    r"|\\x\{(?P<code>[0-9a-fA-F]+)\}"
    r"|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\.|.",
    re.DOTALL,
)
_POSIX: Final = {
    "Alnum": "0-9A-Za-z",
    "Alpha": "A-Za-z",
    "ASCII": r"\x00-\x7f",
    "Blank": r"\t ",
    "Cntrl": r"\x00-\x1f\x7f",
    "Digit": "0-9",
    "Graph": r"\x21-\x7e",
    "Lower": "a-z",
    "Print": r"\x20-\x7e",
    "Punct": r"!-/:-@\[-`{-~",
    "Upper": "A-Z",
    "XDigit": "0-9A-Fa-f",
}
_SETS: Final = frozenset({r"\w", r"\W", r"\d", r"\D", r"\s", r"\S"})
_LAST_ASSIGNED: Final = 0x323AF
"""The last letter of Unicode; above it are only variation selectors, tags and private use."""


@cache
def _categories() -> list[str]:
    return [unicodedata.category(chr(code)) for code in range(_LAST_ASSIGNED + 1)]


@cache
def _members(name: str, *, inverse: bool) -> str:
    """What stands between the brackets of a class for a Unicode category (`L`, `Zs`) or a POSIX class."""
    if name in _POSIX and not inverse:
        return _POSIX[name]
    runs = groupby(range(_LAST_ASSIGNED + 1), key=lambda code: _categories()[code].startswith(name) != inverse)
    codes = [list(run) for belongs, run in runs if belongs]
    if len(name) > 2 or not codes:
        raise re.error(f"unknown character property {name}")
    return "".join(f"\\U{run[0]:08x}-\\U{run[-1]:08x}" for run in codes)


def translated(pattern: str) -> str:
    """The pattern in Python's dialect.

    Classes by Unicode property are spelled out, a hyphen beside a set (`[\\w-_]`) is itself, surrogate pairs are one
    character, a flag inside the pattern holds to the end of its group, and `$` is the end, not a last line's.
    """
    made: list[str] = []
    in_class = False
    scoped: list[str] = [""]
    for token in _TOKENS.finditer(pattern):
        text = token[0]
        if token["property"]:
            members = _members(token["property"], inverse=text.startswith(r"\P"))
            made.append(members if in_class else f"[{members}]")
        elif token["high"]:
            code = 0x10000 + (int(token["high"], 16) - 0xD800) * 0x400 + int(token["low"], 16) - 0xDC00
            made.append(f"\\U{code:08x}")
        elif token["code"]:
            made.append(f"\\U{int(token['code'], 16):08x}")
        elif in_class:
            first = made[-1] == "["
            if text == "]" and not first:
                in_class = False
                made.append(text)
            elif text == "-" and not first and (made[-1] in _SETS or pattern[token.end() : token.end() + 2] in _SETS):
                made.append(r"\-")
            else:
                made.append(r"\[" if text == "[" else text)
        elif text == "[":
            in_class = True
            made.append(text)
        elif token["flags"] and made:
            scoped[-1] = f"(?{text[2:-1]}:"
            made.append(scoped[-1])
        else:
            made.append(_structural(text, scoped))
    return "".join(made) + (")" if scoped[-1] else "")


def _structural(text: str, scoped: list[str]) -> str:
    """A token outside of classes; `scoped` holds, for each open group, the flags that hold to its end."""
    match text:
        case "(":
            scoped.append("")
        case ")" if scoped.pop():
            return "))"
        case "|" if scoped[-1]:
            return f")|{scoped[-1]}"
        case "$" | r"\z":
            return r"\Z"
        case _:
            pass
    return text


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A model's pattern. Raises `re.error` for what is no pattern in any dialect."""
    return re.compile(translated(pattern))


def matches(pattern: str, value: str) -> bool:
    """Whether a value is what a model wants: models write both anchored patterns and ones meant for all of it."""
    anchored = pattern.startswith("^") or pattern.endswith("$")
    expression = compiled(pattern)
    return (expression.search(value) if anchored else expression.fullmatch(value)) is not None
