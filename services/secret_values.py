"""Values in plain that look like secrets: a target injects them as secrets, and the reader is told."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pydantic import SecretStr

from services.model import Application, Text
from services.problems import Problem, reasons, refuse

_KEYS: Final = (
    "access|account|api|app|auth|encryption|fernet|hmac|jwt|license|master|private|service_role|session|signing"
    "|algolia|anthropic|datadog|mailgun|openai|sendgrid|stripe|twilio"
)
"""What a key is for that is known to few."""

_SECRET: Final = re.compile(
    rf"password|passwd|passphrase|secret|credential|(?:^|[^a-z0-9])(?:token|pass|pwd|(?:{_KEYS})_?key)(?=$|[^a-z0-9])",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(
    r"(?:^|[^a-z0-9])(?:file|path|dir|name|id|url|host|method|policy|length|len|min|max|size|count|ttl|expiry|expires"
    r"|rotation|interval|timeout|seconds|minutes|hours|days|retries|attempts|enabled|required|provider|manager|backend"
    r"|store|engine|driver|type|version|algorithm|format|pattern|header|issuer|audience)(?:$|[^a-z0-9])",
    re.IGNORECASE,
)
"""After a secret's word, one of these makes the name speak about the secret."""

_SWITCH: Final = re.compile(r"(?:^|[^a-z0-9])(?:allow|random|require)(?:$|[^a-z0-9])", re.IGNORECASE)
"""A name with one of these words turns something on or off."""

_NO_SECRETS: Final = frozenset({"", "true", "false", "yes", "no", "on", "off", "0", "1"})
_SOME_KEY: Final = re.compile(r"(?:^|[^a-z0-9])key$", re.IGNORECASE)
_PUBLIC: Final = re.compile(r"(?:^|[^a-z0-9])(?:public|pub|publishable)(?:$|[^a-z0-9])", re.IGNORECASE)
_RANDOM: Final = re.compile(r"(?=\D*\d)(?=[^a-zA-Z]*[a-zA-Z])[\w+/=.-]{16,}")
"""What a key of any name is that was drawn: letters and digits, and many of them."""

_CREDENTIALS: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s:@]*:[^/?#\s@]+@", re.IGNORECASE)
"""A URL with a password (RFC 3986, section 3.2.1), wherever it stands: JDBC writes `jdbc:` before it."""

_WORDS: Final = r"(?:password|pwd|accountkey|sharedaccesskey)"
_CONNECTION: Final = re.compile(
    rf"^[^\s:@/]+:[^\s@]+@(?:tcp|udp|unix)\(|(?:^|[;\s?&]){_WORDS}=[^;\s&]|;\s*{_WORDS}\s*=\s*[^;\s]",
    re.IGNORECASE,
)
"""A password in the forms of Go's MySQL driver, ADO.NET and ODBC, libpq and Azure."""

_FILE: Final = re.compile(r"(?:/(?:run|etc|var|opt|usr|srv|mnt|home|root|tmp|app|secrets)|\.{1,2})(?:/[\w.-]+)+")
"""A path to a file, which says where the secret is."""


def why_secret(name: str, value: str) -> str | None:
    """Why a variable's value is probably known to few: its name, or a password within it; None if it is not."""
    if value.lower() in _NO_SECRETS or _FILE.fullmatch(value):
        return None
    if _CREDENTIALS.search(value):
        return "a URL with a password in plain"
    if _CONNECTION.search(value):
        return "a connection string with a password in plain"
    if _SOME_KEY.search(name) and _RANDOM.fullmatch(value) and not _PUBLIC.search(name):
        return "a value in plain under this name"
    words = list(_SECRET.finditer(name))
    if not words or _SWITCH.search(name) or _ABOUT.search(name[words[-1].end() :]):
        return None
    return "a value in plain under this name"


def _found(application: Application) -> Iterator[tuple[str, str, str]]:
    """Every variable in plain that looks like a secret: its service, its name, why."""
    for service, element in application.services.items():
        for name, value in element.plain_environment.items():
            if why := why_secret(name, value):
                yield service, name, why


def guarded(application: Application, *, strict: bool) -> tuple[Application, tuple[str, ...]]:
    """Return the application with such variables made secret, and what its reader is to be told.

    Raises:
        ApplicationError: `strict`, and there is one; or one stands where it cannot be made secret.
    """
    variables = list(_found(application))
    fate = "which services:strict_secrets refuses" if strict else "injected as a secret"
    plain = [
        Problem(path, f"{why}, {fate}: {_remedy(path[-1], application.variables_at(path))}")
        for service, name, why in variables
        for path in [("services", service, "environment", name)]
    ]
    refuse(application, [*_misplaced(application), *(plain if strict else ())])
    hidden = {(service, name) for service, name, _ in variables}
    services = {
        service: element.model_copy(update={"environment": _hidden(service, element.environment, hidden)})
        for service, element in application.services.items()
    }
    warnings = tuple(map(str, reasons(plain, application.place)))
    return application.model_copy(update={"services": services}), warnings


def _hidden(service: str, environment: Mapping[str, Text], hidden: set[tuple[str, str]]) -> dict[str, Text]:
    return {
        name: SecretStr(value) if isinstance(value, str) and (service, name) in hidden else value
        for name, value in environment.items()
    }


def _remedy(name: str, used: Sequence[str]) -> str:
    """What to do: `used` are the variables that the value is built from already."""
    if used:
        which = f"it comes from {used[0]}: set that" if len(used) == 1 else f"of {', '.join(used)}, set what is secret"
        return f"{which} as a secret, which goes before .env: {' or '.join(map(_set, used))}"
    variable = re.sub(r"\W", "_", name).upper()
    return f"write ${{{variable}}} in its place, and set it: {_set(variable)}"


def _set(variable: str) -> str:
    return f"pulumi config set --secret --path 'services:variables.{variable}'"


def _misplaced(application: Application) -> Iterator[Problem]:
    for service, element in application.services.items():
        for name, value in element.build.args.items() if element.build else ():
            if why_secret(name, value):
                yield Problem(
                    ("services", service, "build", "args", name),
                    "a secret in plain: build arguments stay in the image's history: use build.secrets",
                )
        for name, value in element.x_aws.environment.items():
            if why_secret(name, value):
                yield Problem(
                    ("services", service, "x-aws", "environment", name),
                    "a secret in plain: write it under environment, which is injected as a secret",
                )
