"""The kinds of single values that many keys of the specification share."""

import re

from services.compose import quantities
from services.compose.conversions import boolean, integer, single, text, unsigned
from services.compose.kinds import MapOf, Scalar
from services.compose.lists_and_maps import (
    Command,
    Options,
    Ulimit,
)

NAME = re.compile(r"[a-zA-Z0-9._-]+")
ANY_NAME = re.compile(".+", re.DOTALL)

TEXT = Scalar(("string",), text)
TEXT_OR_NULL = Scalar(("string", "null"), text)
BOOLEAN = Scalar(("boolean", "string"), boolean)
STRICT_BOOLEAN = Scalar(("boolean",), boolean)
SWITCH = Scalar(("boolean", "string"), boolean, zero_counts=True)
INTEGER = Scalar(("integer", "string"), integer)
COUNT = Scalar(("integer", "string"), integer, zero_counts=True)
UNSIGNED = Scalar(("integer", "string"), unsigned)
UNSIGNED_COUNT = Scalar(("number", "string"), unsigned, zero_counts=True)
INTEGRAL = Scalar(("number", "string"), integer)
SINGLE = Scalar(("number", "string"), single)
SIZE = Scalar(("number", "string"), quantities.size)
WHOLE_SIZE = Scalar(("integer", "string"), quantities.size)
SIZE_TEXT = Scalar(("string",), quantities.size)
DURATION = Scalar(("string",), quantities.duration, zero_counts=True)
SET_DURATION = Scalar(("string",), quantities.set_duration)
COMMAND = Command()
DRIVER_OPTIONS = Options()
ULIMITS = MapOf(Ulimit(), names=re.compile("[a-z]+"))
ORDER = Scalar(("string",), text, choices=("start-first", "stop-first"))
