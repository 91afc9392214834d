"""Redactions as Python reads them; `tests/observability/test_pipelines.py` runs the same lines through Java."""

import json
import re
import time

import pytest

from observability.description import Redaction, Revealing
from observability.redaction import REDACTIONS

EXAMPLES = [(item, example) for item in REDACTIONS for example in item.examples]
INNOCENT = (
    "GET /tasks/17?page=2 took 12 ms for client 192.0.2.7; see https://example.org/a:b and order 4711-0815",
    "password changed",
    "password of ada changed: by ada",
    "3 tokens left",
    "total_tokens: 512, tokens=3",
    "author: Jane",
    "authorized: user=app",
    "unexpected token } in line 3",
    "at auth::Token::verify (src/token.rs:17)",
    "Enter password:",
    '{"message":"Enter password:","log.level":"info"}',
    '{"message":"GET /login?token=", "log.level": "info"}',
    '{"url":{"query":"token="},"user":"ada"}',
    '[{"query":"token="}]',
    '{"password": null, "secret": false}',
    '{"secret_name":"db","passwords_checked":3}',
    "--password-file /run/secrets/database",
    "task_live_0123456789abcdef",
)
LENGTH = 256 * 1024
MOST_SECONDS = 5
"""Of the processor. Quadratic time takes minutes."""
BEGINNINGS = (
    "password",
    "password:",
    "password: ",
    "password='",
    "password='''\"",
    'password="',
    '"password":"',
    '"password":["',
    '"password":["",',
    r"\"password\":\"",
    r"\"password\":\\\"",
    "\\" * 7 + '"token',
    "Cookie: a=1; ",
    'Cookie: a="',
    "authorization: bearer ",
    "--",
    " --token",
    " --a-token-",
    "password '",
    "https://",
    "secret =",
    "token" + " " * 100,
)


def redacted(text: str, redactions: tuple[Redaction, ...] = REDACTIONS) -> str:
    """The text after these redactions."""
    for item in redactions:
        text = re.sub(item.pattern, re.sub(r"\$(\d)", r"\\g<\1>", item.replacement), text)
    return text


@pytest.mark.parametrize(("redaction", "example"), EXAMPLES, ids=[example.line for _, example in EXAMPLES])
def test_a_redaction_alone_takes_the_secret_out_of_its_examples(redaction: Redaction, example: Revealing) -> None:
    line, secret = example.line, example.hidden

    found = redacted(line, (redaction,))

    assert secret in line
    assert secret not in found
    assert "[REDACTED" in found


@pytest.mark.parametrize("example", [example for _, example in EXAMPLES], ids=lambda item: item.line)
def test_all_redactions_one_after_the_other_leave_no_secret_and_json_as_json(example: Revealing) -> None:
    found = redacted(example.line)

    assert example.hidden not in found
    if _is_json(example.line):
        assert _is_json(found)


@pytest.mark.parametrize("line", INNOCENT)
def test_innocent_text_stays_as_it_is(line: str) -> None:
    assert redacted(line) == line


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_long_line_of_beginnings_costs_no_quadratic_time(beginning: str) -> None:
    begun = time.process_time()

    redacted(beginning * (LENGTH // len(beginning)))

    assert time.process_time() - begun < MOST_SECONDS


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    return True
