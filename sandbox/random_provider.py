"""The sandbox's `random` provider: passwords, as the real plugin makes them. Its other types are refused by name.

Source: terraform-provider-random, `random_password`.
"""

import secrets
import string
from datetime import datetime
from typing import ClassVar, Final, Self, cast

from pydantic import Field, model_validator

from sandbox.plugin import Props, Secret
from sandbox.state_provider import Inputs, StateProvider, StateType, refusal

SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"
BCRYPT_ROUNDS: Final = 10
"""Go's default cost, which the real provider takes."""
BCRYPT_BYTES: Final = 72
"""bcrypt looks at no more of a password."""


class PasswordInputs(Inputs):
    """Length in characters, the kinds of characters, and how many of each at least."""

    length: int = Field(ge=1)
    lower: bool = True
    upper: bool = True
    numeric: bool = True
    number: bool = True
    special: bool = True
    min_lower: int = Field(default=0, ge=0)
    min_upper: int = Field(default=0, ge=0)
    min_numeric: int = Field(default=0, ge=0)
    min_special: int = Field(default=0, ge=0)
    override_special: str | None = None
    keepers: dict[str, str] | None = None

    @classmethod
    def completed(cls, props: Props) -> Props:
        """`number` is the old name of `numeric`: where one is given, the other one is the same."""
        given = props.get("numeric", props.get("number", True))
        return {**super().completed(props), "numeric": given, "number": props.get("number", given)}

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, props: object) -> object:
        return cls.completed(cast("Props", props)) if isinstance(props, dict) else props

    @model_validator(mode="after")
    def _possible(self) -> Self:
        least = self.min_lower + self.min_upper + self.min_numeric + self.min_special
        if self.length < least:
            reason = f"{self.length} is less than the sum of the minimums, {least}; choose a larger number"
            raise refusal("length", reason)
        if self.numeric != self.number:
            raise refusal("number", "numeric and number are two names of one input; leave number out")
        if not (self.lower or self.upper or self.numeric or self.special):
            raise refusal("lower", "no character is allowed; set lower, upper, numeric or special to true")
        return self


def password(inputs: PasswordInputs) -> str:
    """A random text of the characters that the inputs allow, with the least number of each kind."""
    special = inputs.override_special or SPECIAL
    kinds = (
        (string.ascii_lowercase, inputs.lower, inputs.min_lower),
        (string.ascii_uppercase, inputs.upper, inputs.min_upper),
        (string.digits, inputs.numeric, inputs.min_numeric),
        (special, inputs.special, inputs.min_special),
    )
    allowed = "".join(characters for characters, wanted, _ in kinds if wanted)
    found = [secrets.choice(characters) for characters, _, least in kinds for _ in range(least)]
    found += [secrets.choice(allowed) for _ in range(inputs.length - len(found))]
    secrets.SystemRandom().shuffle(found)
    return "".join(found)


def _make(inputs: PasswordInputs, _now: datetime) -> tuple[str, Props]:
    import bcrypt

    result = password(inputs)
    hashed = bcrypt.hashpw(result.encode()[:BCRYPT_BYTES], bcrypt.gensalt(BCRYPT_ROUNDS, prefix=b"2a"))
    return "none", {"result": Secret(result), "bcryptHash": Secret(hashed.decode())}


class RandomProvider(StateProvider):
    """Passwords."""

    package: ClassVar[str] = "random"
    version: ClassVar[str] = "4.21.4"
    types = (
        StateType(
            token="random:index/randomPassword:RandomPassword",  # noqa: S106 (a type's token)
            inputs=PasswordInputs,
            make=_make,
            computed=("result", "bcryptHash"),
        ),
    )
