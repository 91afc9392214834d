"""What is never kept: secrets and personal data, by pattern.

Patterns are tried on the raw line, before it is parsed, so that no copy of it escapes. Java and Python read them alike.
Repetitions are bounded, and start where nothing of their kind stands before: Java matches groups by recursion, and a
line of one megabyte must cost neither its stack nor quadratic time. Client addresses stay in access logs, whose
retention is short for that reason.
"""

from typing import Final

from observability.description import Redaction

_SENSITIVE: Final = "pass(?:word|wd)?|secret|token|api[_-]?key|access[_-]?key|authorization|cookie|session[_-]?id"

REDACTIONS: tuple[Redaction, ...] = (
    Redaction(
        name="private key",
        pattern=r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
        replacement="[REDACTED private key]",
        example="-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
    ),
    Redaction(
        name="value under a secret-looking JSON key",
        pattern=rf'(?i)((?:{_SENSITIVE})"\s*:\s*)"[\s\S]*?(?<!\\)(?:\\\\)*"',
        replacement=r'$1"[REDACTED]"',
        example='{"db_password": "hunter2"}',
    ),
    Redaction(
        name="value after a secret-looking name",
        pattern=rf"(?i)((?:{_SENSITIVE})\s{{0,4}}=\s{{0,4}})(?:'[^'\"]*'|[^\s&;,'\"\\]+)",
        replacement="$1[REDACTED]",
        example="GET /login?token=abc123&next=/",
    ),
    Redaction(
        name="password of a database role",
        pattern=r"(?i)(\bpassword\s+)'[^']*'(?:'[^']*'){0,100}",
        replacement="$1'[REDACTED]'",
        example="ALTER ROLE app PASSWORD 'it''s secret'",
    ),
    Redaction(
        name="credentials of an Authorization header",
        pattern=r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{8,}=*",
        replacement="$1 [REDACTED]",
        example="Authorization: Bearer eyJhbGciOi.J9",
    ),
    Redaction(
        name="credentials in a URL",
        pattern=r"((?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"]{1,256}):[^\s/@\"]{1,1024}@",
        replacement="$1:[REDACTED]@",
        example="postgresql://app:s3cret@database:5432/app",
    ),
    Redaction(
        name="JSON Web Token",
        pattern=r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        replacement="[REDACTED token]",
        example="session eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.c2lnbmF0dXJl",
    ),
    Redaction(
        name="access key of AWS",
        pattern=r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        replacement="[REDACTED access key]",
        example="using AKIAIOSFODNN7EXAMPLE",
    ),
    Redaction(
        name="token of a forge or a chat",
        pattern=r"\b(?:gh[opsu]_[A-Za-z0-9]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abp]-[A-Za-z0-9-]{10,})",
        replacement="[REDACTED token]",
        example="cloned with ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    ),
    Redaction(
        name="number of a payment card",
        pattern=r"\b(?:4\d{3}|5[1-5]\d{2}|6011)[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b",
        replacement="[REDACTED card]",
        example="paid with 4111 1111 1111 1111",
    ),
    Redaction(
        name="e-mail address",
        pattern=r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b",
        replacement="[REDACTED e-mail]",
        example="invited ada@example.org",
    ),
)
