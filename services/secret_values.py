"""Values in plain that look like secrets: a target injects them as secrets, and the reader is told."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import SecretStr

from services.model import Application, Text
from services.problems import Problem, reasons, refuse

_KEYS: Final = (
    "access|account|api|app|auth|encryption|fernet|hmac|jwt|license|master|private|service_role|session|signing"
)
"""What a key is for that is known to few."""

_SECRET: Final = re.compile(
    rf"password|passwd|passphrase|secret|credential|(?:^|[^a-z0-9])(?:token|pass|pwd|(?:{_KEYS})_?key)(?=$|[^a-z0-9])",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(
    r"(?:^|[^a-z0-9])(?:file|path|dir|name|id|url|host|method|policy|length|ttl|expiry|expires|seconds|minutes|enabled"
    r"|required)(?:$|[^a-z0-9])",
    re.IGNORECASE,
)
"""After a secret's word, one of these makes the name speak about the secret."""

_SWITCH: Final = re.compile(r"(?:^|[^a-z0-9])(?:allow|random|require)(?:$|[^a-z0-9])", re.IGNORECASE)
"""A name with one of these words turns something on or off."""

_NO_SECRETS: Final = frozenset({"", "true", "false", "yes", "no", "on", "off", "0", "1"})
_CREDENTIALS: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s:@]*:[^/?#\s@]+@", re.IGNORECASE)
"""A URL with a password (RFC 3986, section 3.2.1), wherever it stands: JDBC writes `jdbc:` before it."""


def why_secret(name: str, value: str) -> str | None:
    """Why a variable's value is probably known to few: its name, or a URL with a password in it; None if it is not."""
    if value.lower() in _NO_SECRETS:
        return None
    if _CREDENTIALS.search(value):
        return "a URL with a password in plain"
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
        Problem(("services", service, "environment", name), f"{why}, {fate}: {_remedy(name)}")
        for service, name, why in variables
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


def _remedy(name: str) -> str:
    variable = re.sub(r"\W", "_", name).upper()
    return (
        f"write ${{{variable}}} in its place, and set it: "
        f"pulumi config set --secret --path 'services:variables.{variable}'"
    )


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
