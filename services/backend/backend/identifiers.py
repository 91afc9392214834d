"""Identifiers that sort by the time they were made: UUIDs of version 7 (RFC 9562, section 5.7)."""

import secrets
import time
import uuid

_RANDOM_BITS = 74


def new_id(milliseconds: int | None = None) -> uuid.UUID:
    """Return an identifier of a time in milliseconds since 1970, of now when none is given."""
    when = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    random = secrets.randbits(_RANDOM_BITS)
    return uuid.UUID(int=when << 80 | 0b0111 << 76 | random >> 62 << 64 | 0b10 << 62 | random & (1 << 62) - 1)
