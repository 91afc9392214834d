"""Placeholders of secrets: whatever judges values lets them pass."""

import re

import pytest

from services.compose.quantities import split_command
from services.placeholders import CANARY, placeholder

NAMES = ("KEY", "services:variables.DATABASE_PASSWORD", 'it\'s a name with spaces, and "quotes"', "", "ключ" * 100)


@pytest.mark.parametrize("name", NAMES)
def test_a_placeholder_is_a_good_password_everywhere(name: str) -> None:
    """MySQL on RDS takes the fewest characters, 41; ElastiCache asks for the most, 16."""
    text = placeholder(name)
    assert re.fullmatch(r"[A-Za-z0-9-]{16,41}", text)
    assert split_command(f"serve --password {text}") == ["serve", "--password", text]
    assert CANARY in text


def test_each_secret_has_a_placeholder_of_its_own_that_stays() -> None:
    texts = [placeholder(name) for name in NAMES]
    assert len(set(texts)) == len(NAMES)
    assert texts == [placeholder(name) for name in NAMES]
