"""Values in plain that look like secrets: a target injects them as secrets, and the reader is told."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import SecretStr

from services.compose.values import Path
from services.model import Application, Text
from services.problems import Problem, refuse

_ANYWHERE: Final = re.compile(r"password|passwd|passphrase|secret|credential", re.IGNORECASE)
_WORD: Final = re.compile(
    r"(?:^|[^a-z0-9])(?:token|pwd|(?:api|access|private|signing)_?key)(?:$|[^a-z0-9])", re.IGNORECASE
)
_ABOUT: Final = re.compile(
    r"(?:^|[^a-z0-9])(?:file|path|dir|name|id|url|host|method|policy|length|ttl|expiry|expires|seconds|minutes|enabled"
    r"|required|allow|random)(?:$|[^a-z0-9])",
    re.IGNORECASE,
)
"""A name with one of these words speaks about a secret, and holds none."""

_NO_SECRETS: Final = frozenset({"", "true", "false", "yes", "no", "on", "off", "0", "1"})
_CREDENTIALS: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)
"""A URL with a password (RFC 3986, section 3.2.1)."""


def looks_secret(name: str, value: str) -> bool:
    """Whether a variable's value is probably known to few: by its name, or as a URL with a password."""
    if value.lower() in _NO_SECRETS:
        return False
    if _CREDENTIALS.match(value):
        return True
    return bool((_ANYWHERE.search(name) or _WORD.search(name)) and not _ABOUT.search(name))


def found(application: Application) -> Iterator[tuple[Path, str, str]]:
    """Every variable in plain that looks like a secret: its key, its service, its name."""
    for service, element in application.services.items():
        for name, value in element.plain_environment.items():
            if looks_secret(name, value):
                yield ("services", service, "environment", name), service, name


def guarded(application: Application, *, strict: bool) -> tuple[Application, tuple[str, ...]]:
    """Return the application with such variables made secret, and what its reader is to be told.

    Raises:
        ApplicationError: `strict`, and there is one; or one stands where it cannot be made secret.
    """
    variables = list(found(application))
    problems = list(_misplaced(application))
    if strict:
        problems += [
            Problem(path, f"a secret in plain, which services:strict_secrets refuses: {_remedy(name)}")
            for path, _, name in variables
        ]
    refuse(application, problems)
    warnings = tuple(
        f"{application.place(path)}"
        f"{Problem(path, f'a value in plain under this name is injected as a secret: {_remedy(name)}')}"
        for path, _, name in variables
    )
    hidden = {(service, name) for _, service, name in variables}
    services = {
        service: element.model_copy(update={"environment": _hidden(service, element.environment, hidden)})
        for service, element in application.services.items()
    }
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
            if looks_secret(name, value):
                yield Problem(
                    ("services", service, "build", "args", name),
                    "a secret in plain: build arguments stay in the image's history: use build.secrets",
                )
        for name, value in element.x_aws.environment.items():
            if looks_secret(name, value):
                yield Problem(
                    ("services", service, "x-aws", "environment", name),
                    "a secret in plain: write it under environment, which is injected as a secret",
                )
