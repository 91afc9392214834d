"""Byte sizes, durations and other scalars with a form of their own. Each function raises ValueError for a bad value."""

import re
from fractions import Fraction

from services.compose.casts import to_boolean, to_integer
from services.compose.values import Value, in_words, kind_of, sprint

_SIZE = re.compile(r"(?P<number>.*[0-9. ])(?P<unit>[^0-9. ]*)", re.DOTALL)
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_DURATION_PART = re.compile(r"(?P<whole>[0-9]*)(?P<point>\.(?P<fraction>[0-9]*))?(?P<unit>[^0-9.]+)")
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
}


def _size(text: str) -> int:
    """`512m`, `1.5gb`, `64KiB`: powers of 1024. Source: docker/go-units."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no size: write a number with b, k, m, g, t or p, as in '512m'")
    number = match["number"].removesuffix(" ")
    unit = match["unit"].lower()
    try:
        size = float(number) if "_" not in number and number == number.strip() else -1.0
    except ValueError:
        size = -1.0
    power = 0 if unit in ("", "b") else _POWERS.get(unit[:1], -1)
    if not 0 <= size < 1 << 63 or power < 0 or unit[1:] not in ("", "b", "ib") or unit.startswith("bi") or unit == "bb":
        raise ValueError(f"{text!r} is no size: write a number with b, k, m, g, t or p, as in '512m'")
    return int(size * 1024**power)


def size(value: Value) -> Value:
    """A number of bytes as text, or None for 0, which Compose does not tell from unset."""
    if isinstance(value, str):
        try:
            count = to_integer(value)
        except ValueError:
            count = _size(value)
    elif isinstance(value, int | float) and kind_of(value) == "integer":
        count = int(value)
    else:
        raise ValueError(f"{sprint(value)!r} is no size: write a whole number of bytes, or text as in '512m'")
    if not -(1 << 63) <= count < 1 << 63:
        raise ValueError(f"{sprint(value)!r} is too large a size")
    return str(count) if count else None


def nanoseconds(text: str) -> int:
    """A duration in Go's form, with days and weeks: `1m30s`, `1.5h`, `-2d`."""
    unsigned = text[1:] if text[:1] in ("+", "-") else text
    total, at = Fraction(), 0
    while unsigned != "0" and (at < len(unsigned) or not unsigned):
        match = _DURATION_PART.match(unsigned, at)
        if match is None or not (match["whole"] or match["fraction"]) or match["unit"] not in _NANOSECONDS:
            raise ValueError(f"{text!r} is no duration: write numbers with units, as in '10s' or '1m30s'")
        unit = _NANOSECONDS[match["unit"]]
        digits = match["fraction"] or "0"
        total += int(match["whole"] or 0) * unit + int(Fraction(int(digits), 10 ** len(digits)) * unit)
        at = match.end()
    if total >= 1 << 63:
        raise ValueError(f"{text!r} is too long a duration")
    return -int(total) if text.startswith("-") else int(total)


def _decimal(nanoseconds_: int, unit: int) -> str:
    whole, rest = divmod(nanoseconds_, unit)
    return f"{whole}.{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else str(whole)


def duration_text(count: int) -> str:
    """Nanoseconds as Go prints them: `1h0m0s`, `1m30s`, `1.5s`, `500ms`."""
    sign, count = ("-", -count) if count < 0 else ("", count)
    if count == 0:
        return "0s"
    for unit in ("ns", "\u00b5s", "ms"):
        if count < _NANOSECONDS[unit] * 1000:
            return f"{sign}{_decimal(count, _NANOSECONDS[unit])}{unit}"
    minutes, seconds = divmod(count, _NANOSECONDS["m"])
    hours, minutes = divmod(minutes, 60)
    ahead = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{ahead}{_decimal(seconds, _NANOSECONDS['s'])}s"


def duration(value: Value) -> Value:
    """A duration as Go prints it."""
    return duration_text(nanoseconds(sprint(value)))


def set_duration(value: Value) -> Value:
    """As `duration`, but None for 0, where Compose does not tell that from unset."""
    count = nanoseconds(sprint(value))
    return duration_text(count) if count else None


def device_count(value: Value) -> Value:
    """A number of devices; -1 for `all`."""
    if isinstance(value, str):
        if value.lower() == "all":
            return -1
        return to_integer(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"must be a whole number or 'all', not {in_words(value)}")


def file_mode(value: Value) -> Value:
    """Permissions as octal text: a number is taken as it is (YAML's 0444 is octal), a text is read as octal."""
    if isinstance(value, str):
        digits = value.removeprefix("+")
        if not digits or any(digit not in "01234567" for digit in digits):
            raise ValueError(f"{value!r} is no file mode: write it in octal, as in '0440'")
        return f"0{int(digits, 8):o}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"0{value:o}"
    raise ValueError(f"must be a file mode, as in '0440', not {in_words(value)}")


def opt_out(value: Value) -> Value:
    """A switch that is on unless it says false: None when it is on."""
    if isinstance(value, str):
        return None if to_boolean(value) else False
    if isinstance(value, bool):
        return None if value else False
    raise ValueError(f"must be true or false, not {in_words(value)}")


def split_command(line: str) -> list[Value]:
    """A command line as a shell would split it, up to the first unquoted `;`, `&`, `|`, `<` or `>`.

    Source: mattn/go-shellwords, as compose-go uses it.
    """
    words: list[str] = []
    word, quote = "", ""
    started = escaped = False
    for character in line:
        if escaped:
            word, started, escaped = word + character, True, False
        elif character == "\\" and quote != "'":
            escaped = True
        elif character in " \t\r\n":
            if quote:
                word += character
            elif started:
                words.append(word)
                word, started = "", False
        elif character in "\"'" and quote in ("", character):
            started = started or quote == character
            quote = "" if quote else character
        elif character == "`" and quote in ("", "`"):
            word, started = word + character, True
            quote = "" if quote else character
        elif character == ")" and quote in ("", "("):
            word, started = word + character, True
            quote = "" if quote else "("
        elif character == "(" and not quote:
            if not word.endswith("$"):
                raise ValueError(f"{line!r} has an unquoted parenthesis: put the command into a list")
            word, quote = word + character, "("
        elif character in ";&|<>" and not quote:
            if character == ">" and word[:1].isdigit():
                started = False
            break
        else:
            word, started = word + character, True
    if started:
        words.append(word)
    if escaped or quote:
        raise ValueError(f"{line!r} ends inside a quote or an escape")
    return list[Value](words)
