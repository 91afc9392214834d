"""Broken copies of good files: what a slip of the keyboard, a bad merge or a bad editor makes of them."""

import random
from collections.abc import Callable, Iterator

Mutation = Callable[[random.Random, bytes, bytes], bytes]

_TOKENS = (
    *(b"null", b"true", b"5", b"[]", b"{}", b"''", b"*x", b"&x", b"!reset", b"!override", b"<<", b"- ", b": ", b"${"),
    *(b"\t", b"\xff", b"\x00", b"\xc3\xa9", b"---\n", b"...\n", b"%", b"@", b"|\n", b">", b"? ", b"!!int", b"012"),
    *(b"extends: a\n", b"include: [.]\n", b"0777", b"\r", b"\xe2\x80\xa8", b"9" * 400, b"-" * 30),
)
_VALUES = (
    *(b"null", b"~", b"true", b"no", b"5", b"-1", b"07", b".inf", b"2001-01-01", b"''", b"x", b"a b", b"a=b"),
    *(b"[]", b"{}", b"[a]", b"[1, a]", b"{a: b}", b"{a: }", b"[[]]", b"[null]", b"[{}]", b"{a: [b]}", b"{c: 1}"),
    *(
        b"!reset null",
        b"!override [a]",
        b"!!str 5",
        b"!!int x",
        b"${A:-b}",
        b"${A?}",
        b"$$",
        b"${",
    ),
)


def _delete(chance: random.Random, text: bytes, _other: bytes) -> bytes:
    start = chance.randrange(len(text))
    return text[:start] + text[start + chance.randint(1, 12) :]


def _insert(chance: random.Random, text: bytes, _other: bytes) -> bytes:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(_TOKENS) + text[at:]


def _replace_value(chance: random.Random, text: bytes, _other: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    line = chance.randrange(len(lines))
    key, colon, value = lines[line].partition(b": ")
    if colon and value.strip():
        lines[line] = key + colon + chance.choice(_VALUES) + b"\n"
    return b"".join(lines)


def _misspell(chance: random.Random, text: bytes, _other: bytes) -> bytes:
    letters = [at for at, byte in enumerate(text) if chr(byte).isalpha()]
    at = chance.choice(letters or [0])
    return text[:at] + chance.choice((b"", b"e", b"1", b"-", text[at : at + 1] * 2)) + text[at + 1 :]


def _replace_word(chance: random.Random, text: bytes, _other: bytes) -> bytes:
    words = text.split(b" ")
    words[chance.randrange(len(words))] = chance.choice(_TOKENS)
    return b" ".join(words)


def _repeat_line(chance: random.Random, text: bytes, _other: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    line = chance.randrange(len(lines))
    return b"".join((*lines[: line + 1], *lines[line:]))


def _drop_line(chance: random.Random, text: bytes, _other: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def _indent(chance: random.Random, text: bytes, _other: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    line = chance.randrange(len(lines))
    lines[line] = b" " * chance.randint(1, 5) + lines[line] if chance.random() < 0.5 else lines[line].lstrip()
    return b"".join(lines)


def _splice(chance: random.Random, text: bytes, other: bytes) -> bytes:
    return text[: chance.randrange(len(text))] + other[chance.randrange(len(other)) :]


def _swap(chance: random.Random, text: bytes, _other: bytes) -> bytes:
    at = chance.randrange(len(text))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


MUTATIONS: tuple[Mutation, ...] = (
    _delete,
    _insert,
    _insert,
    _replace_word,
    _replace_value,
    _replace_value,
    _replace_value,
    _replace_value,
    _replace_value,
    _misspell,
    _misspell,
    _repeat_line,
    _drop_line,
    _indent,
    _splice,
    _swap,
)


def mutants(originals: list[bytes], count: int, seed: int = 4) -> Iterator[bytes]:
    """So many broken copies, each of one to three mutations; the same ones in every run."""
    chance = random.Random(seed)
    for _ in range(count):
        text, other = chance.choice(originals), chance.choice(originals)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            text = chance.choice(MUTATIONS)(chance, text or b"x", other) or b"x"
        yield text
