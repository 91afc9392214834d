"""What is never kept: secrets and personal data, by pattern.

Patterns are tried on the raw line, before it is parsed, so that no copy of it escapes; a line that is JSON stays JSON.
Java and Python read them alike. Java matches groups by recursion, but for possessive ones (`*+`), and a line of one
megabyte must cost neither its stack nor quadratic time: repetitions are possessive or bounded, and what begins with a
secret-looking name reads on at most to the next such name's own quote. Client addresses stay in access logs, whose
retention is short for that reason.
"""

from typing import Final

from observability.description import Redaction, Revealing

_NAMES: Final = (
    "pass(?:word|wd|phrase)?|pwd|secret(?:[_-]?key)?|token|api[_ -]?key|access[_-]?key|private[_-]?key|authorization"
    "|cookie|session[_-]?id"
)
_SCHEMES: Final = "bearer|basic|token|digest|negotiate|api-?key"
_IN_DOUBLE: Final = r'[^"\\]*+(?:\\[\s\S][^"\\]*+)*+'
_IN_SINGLE: Final = r"[^'\\]*+(?:(?:\\[\s\S]|'')[^'\\]*+)*+(?='\s{0,4}[,})\]])"
"""Only where a list or a mapping goes on behind it: what is in such quotes may hold double ones."""
_IN_SINGLE_OF_TEXT: Final = r"""[^'"\\]*+(?:(?:\\[\s\S]|'')[^'"\\]*+)*+"""
_JSON_GOES_ON: Final = r"\s*+(?:,\s*+(?:[\"{\[\d-]|true|false|null)|[}\]][}\]\s]*+(?:,|$))"
"""Behind a double quote that ends a string of JSON, rather than begins a value."""
_WORD: Final = r"(?:[^\s\"'\\,;]|\\[\"\\])++(?:(?<==)\"[^\"\r\n]*+\"(?=[,;\s]|$))?+"
"""A word of a header, which may end in `="..."`."""

REDACTIONS: tuple[Redaction, ...] = (
    Redaction(
        name="private key",
        pattern=r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
        replacement="[REDACTED private key]",
        examples=(
            Revealing(line="-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", hidden="MIIEow"),
            Revealing(line="-----BEGIN PRIVATE KEY-----\nMIIEow", hidden="MIIEow"),
        ),
    ),
    Redaction(
        name="value under a secret-looking JSON key",
        pattern=rf'(?i)((?:{_NAMES})"\s*+(?::|=>)\s*+"){_IN_DOUBLE}',
        replacement="$1[REDACTED]",
        examples=(
            Revealing(line='{"db_password": "hunter2"}', hidden="hunter2"),
            Revealing(line=r'{"password":"hun\"ter2\\","user":"ada"}', hidden="ter2"),
            Revealing(line='{"password":"hunter2', hidden="hunter2"),
            Revealing(line='Parameters: {"password"=>"hunter2"}', hidden="hunter2"),
        ),
    ),
    Redaction(
        name="list under a secret-looking JSON key",
        pattern=rf'(?i)((?:{_NAMES})"\s*+:\s*+\[\s*+"){_IN_DOUBLE}(?:"\s*+,\s*+"{_IN_DOUBLE})*+',
        replacement="$1[REDACTED]",
        examples=(Revealing(line='{"set-cookie":["a=b","sid=hunter2; Path=/"]}', hidden="hunter2"),),
    ),
    Redaction(
        name="number under a secret-looking key",
        pattern=rf"""(?i)((?:{_NAMES})(\\{{0,7}}["'])\s*+(?::|=>)\s*+)-?\d[\d.e+-]*+""",
        replacement="$1$2[REDACTED]$2",
        examples=(
            Revealing(line='{"password": 12345}', hidden="12345"),
            Revealing(line=r'{"message":"{\"pin_token\":12345}"}', hidden="12345"),
            Revealing(line="{'password': 12345}", hidden="12345"),
        ),
    ),
    Redaction(
        name="value under a secret-looking key, in quotes that are escaped",
        pattern=rf"""(?i)((?:{_NAMES})(?:\\{{0,7}}["'])?\s*+(?::|=>?)\s*+[bu]?(\\{{1,7}})(["']))"""
        r"[\s\S]*?(?=(?<!\\)\2\3|$)",
        replacement="$1[REDACTED]",
        examples=(
            Revealing(line=r'{"message":"{\"password\":\"hunter2\"}"}', hidden="hunter2"),
            Revealing(line=r'{"a":"{\"b\":\"{\\\"token\\\":\\\"hun\\\\\\\"ter2\\\"}\"}"}', hidden="ter2"),
            Revealing(line=r'{"message":"login password=\"my hunter2\" user=ada"}', hidden="hunter2"),
            Revealing(line=r'{"message":"{\"password\":\"hunter2', hidden="hunter2"),
        ),
    ),
    Redaction(
        name="value after a secret-looking name, in single quotes",
        pattern=rf"(?i)((?:{_NAMES})[\"']?\s*+(?::|=>?)\s*+[bu]?')(?:{_IN_SINGLE}|{_IN_SINGLE_OF_TEXT})",
        replacement="$1[REDACTED]",
        examples=(
            Revealing(line="{'password': 'hunter2'}", hidden="hunter2"),
            Revealing(line="""{'password': 'x"hunter2', 'user': 'ada'}""", hidden="hunter2"),
            Revealing(line="headers={'authorization': b'Basic hunter2'}", hidden="hunter2"),
            Revealing(line="dbname=app password='it''s hunter2' host=database", hidden="hunter2"),
            Revealing(line="{ user: 'ada', password: 'my hunter2' }", hidden="hunter2"),
        ),
    ),
    Redaction(
        name="value after a secret-looking name, in double quotes",
        pattern=rf"(?i)((?:{_NAMES})'?\s*+(?::|=>?)\s*+\")(?!{_JSON_GOES_ON}){_IN_DOUBLE}",
        replacement="$1[REDACTED]",
        examples=(
            Revealing(line='level=info password="my hunter2" user=ada', hidden="hunter2"),
            Revealing(line="""{'password': "it's hunter2"}""", hidden="hunter2"),
            Revealing(line='password: "hunter2"', hidden="hunter2"),
        ),
    ),
    Redaction(
        name="headers with credentials and cookies",
        pattern=rf"(?i)((?:authorization|cookie)[ \t]*+:[ \t]*+)(?!\[REDACTED)(?:[a-z][a-z0-9-]*+[ \t]++)?+"
        rf"{_WORD}(?:[,;][ \t]*+{_WORD})*+",
        replacement="$1[REDACTED]",
        examples=(
            Revealing(line="Set-Cookie: sid=hunter2; Path=/; HttpOnly", hidden="hunter2"),
            Revealing(line='Cookie: theme="dark"; sid=hunter2', hidden="hunter2"),
            Revealing(line=r'{"message":"> Cookie: theme=\"dark\"; sid=hunter2"}', hidden="hunter2"),
            Revealing(line="Authorization: Token hunter2", hidden="hunter2"),
            Revealing(line="Authorization: hunter2", hidden="hunter2"),
            Revealing(line='Authorization: Digest username="ada", response="hunter2"', hidden="hunter2"),
            Revealing(line="Proxy-Authorization: AWS4-HMAC-SHA256 Credential=a/b, Signature=hunter2", hidden="hunter2"),
        ),
    ),
    Redaction(
        name="value after a secret-looking name",
        pattern=rf"(?i)((?:{_NAMES})[ \t]*+(?::(?!:)|=>?)[ \t]*+)(?!\[REDACTED)(?:(?:{_SCHEMES})[ \t]++)?+"
        r"[^\s&;,'\"\\]++",
        replacement="$1[REDACTED]",
        examples=(
            Revealing(line="GET /login?token=hunter2&next=/", hidden="hunter2"),
            Revealing(line="password: hunter2", hidden="hunter2"),
            Revealing(line="X-Api-Key: hunter2", hidden="hunter2"),
            Revealing(line="connecting with Uid=app;Pwd=hunter2;", hidden="hunter2"),
            Revealing(line="SECRET_KEY=hunter2", hidden="hunter2"),
            Revealing(line="authorization=Bearer hunter2 status=401", hidden="hunter2"),
            Revealing(line='{"message":"wrong password: hunter2"}', hidden="hunter2"),
        ),
    ),
    Redaction(
        name="secret-looking option of a command",
        pattern=rf"(?i)((?<![\w-])--[a-z0-9-]{{0,40}}?(?:{_NAMES})[ \t]++)(?:'[^'\"]*+|[^\s'\"\\-][^\s'\"\\]*+)",
        replacement="$1[REDACTED]",
        examples=(
            Revealing(line="mysql --password hunter2 --host database", hidden="hunter2"),
            Revealing(line="deploy --api-token 'my hunter2'", hidden="hunter2"),
        ),
    ),
    Redaction(
        name="password of a database role",
        pattern=r"(?i)(\bpassword\s++')[^']*+(?:''[^']*+)*+",
        replacement="$1[REDACTED]",
        examples=(Revealing(line="ALTER ROLE app PASSWORD 'it''s hunter2'", hidden="hunter2"),),
    ),
    Redaction(
        name="credentials of an Authorization header",
        pattern=r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{8,}+=*+",
        replacement="$1 [REDACTED]",
        examples=(Revealing(line="refused: Bearer eyJhbGciOi.J9", hidden="eyJhbGciOi"),),
    ),
    Redaction(
        name="credentials in a URL",
        pattern=r"((?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"]{0,256}):[^\s/@\"]{1,1024}@",
        replacement="$1:[REDACTED]@",
        examples=(
            Revealing(line="postgresql://app:hunter2@database:5432/app", hidden="hunter2"),
            Revealing(line="redis://:hunter2@cache:6379/0", hidden="hunter2"),
        ),
    ),
    Redaction(
        name="address of a chat's webhook",
        pattern=r"(https://(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/)[^\s\"'\\]++",
        replacement="$1[REDACTED]",
        examples=(
            Revealing(line="post https://hooks.slack.com/services/T0/B0/hunter2: 404", hidden="hunter2"),
            Revealing(line="post https://discord.com/api/webhooks/17/hunter2", hidden="hunter2"),
        ),
    ),
    Redaction(
        name="JSON Web Token",
        pattern=r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        replacement="[REDACTED token]",
        examples=(Revealing(line="session eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.c2lnbmF0dXJl", hidden="c2lnbmF0dXJl"),),
    ),
    Redaction(
        name="access key of AWS",
        pattern=r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        replacement="[REDACTED access key]",
        examples=(Revealing(line="using AKIAIOSFODNN7EXAMPLE", hidden="AKIAIOSFODNN7EXAMPLE"),),
    ),
    Redaction(
        name="token of a forge, a registry, a chat or a payment service",
        pattern=r"\b(?:gh[opsur]_[A-Za-z0-9]{20,}+|github_pat_[A-Za-z0-9_]{20,}+|glpat-[A-Za-z0-9_-]{16,}+"
        r"|xox[abeprs]-[A-Za-z0-9-]{10,}+|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}+|whsec_[A-Za-z0-9+/=]{10,}+"
        r"|npm_[A-Za-z0-9]{36}|dckr_pat_[A-Za-z0-9_-]{20,}+|pypi-[A-Za-z0-9_-]{40,}+)",
        replacement="[REDACTED token]",
        examples=(
            Revealing(line="cloned with ghp_" + "abcdefghij" * 3, hidden="abcdefghij"),
            Revealing(line="cloned with github_pat_11AB_" + "abcdefghij" * 3, hidden="abcdefghij"),
            Revealing(line="charged with sk_live_" + "abcdefghij" * 2, hidden="abcdefghij"),
            Revealing(line="published with npm_" + "abcdefghijkl" * 3, hidden="abcdefghijkl"),
        ),
    ),
    Redaction(
        name="number of a payment card",
        pattern=r"\b(?:4\d{3}|5[1-5]\d{2}|6011)[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b",
        replacement="[REDACTED card]",
        examples=(Revealing(line="paid with 4111 1111 1111 1111", hidden="1111"),),
    ),
    Redaction(
        name="e-mail address",
        pattern=r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b",
        replacement="[REDACTED e-mail]",
        examples=(Revealing(line="invited ada@example.org", hidden="ada"),),
    ),
)
