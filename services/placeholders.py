"""What stands for a secret where its key is not at hand: in `check`, in the sandbox's look, in captured graphs."""

import hashlib
from typing import Final

CANARY: Final = "canary-5f2b9c"
"""Part of every placeholder: where it turns up in plain text, a secret would."""


def placeholder(name: str) -> str:
    """Return a secret's placeholder: always the same for its name, and another one for another name.

    It has 20 letters, digits and hyphens. So whatever judges values lets it pass, alone and as a part of a text that
    would be good with the secret's own value: no shell, no URL and no managed service takes offence at it.
    """
    return f"{CANARY}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
