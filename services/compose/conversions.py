"""From what a key may hold to what it means: text, booleans, numbers."""

from services.compose.casts import to_boolean, to_float, to_integer
from services.compose.errors import RefusalError
from services.compose.values import WORDS, Path, Value, in_words, narrow, sprint


def unfit(value: Value, path: Path, wanted: tuple[str, ...]) -> RefusalError:
    """The refusal of a value of the wrong kind."""
    words = " or ".join(WORDS[kind] for kind in wanted if kind != "null")
    shown = "" if isinstance(value, dict | list) or value is None else f" ({sprint(value)!r})"
    return RefusalError(path, f"must be {words}, not {in_words(value)}{shown}", value)


def text(value: Value) -> Value:
    """Text; a whole number becomes text.

    Raises:
        ValueError: It is of another kind.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"must be text, not {in_words(value)} ({sprint(value)!r}): put it in quotes")


def boolean(value: Value) -> Value:
    """A boolean, or one of the texts that stand for one.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(value, bool):
        return value
    return to_boolean(sprint(value))


def integer(value: Value) -> Value:
    """A whole number; a fraction is cut off.

    Raises:
        ValueError: It is no number.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1 << 63:
        return int(value)
    return to_integer(sprint(value))


def unsigned(value: Value) -> Value:
    """A whole number that is not negative.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise ValueError(f"{sprint(value)!r} is no whole number of 0 or more")
    return int(value)


def single(value: Value) -> Value:
    """A number of 32-bit precision.

    Raises:
        ValueError: It is no number.
    """
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else to_float(sprint(value))
    return narrow(float(number))
