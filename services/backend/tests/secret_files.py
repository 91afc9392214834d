"""Where the passwords lie in a test."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class SecretFiles:
    """One file a password, each with a newline at its end."""

    administrator: Path
    application: Path
    metrics: Path
