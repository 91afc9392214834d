"""What a project is called. Source: compose-go `cli/options.go` and `loader/loader.go`."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath

from services.compose.errors import RefusalError
from services.compose.interpolation import TemplateError, Variables, substitute
from services.compose.values import Timestamp, text_of
from services.compose.yaml_reader import Document

_NAME = re.compile(r"[a-z0-9_-]")


def clean_name(name: str) -> str:
    """A name in the form that a project's must have: small letters, digits, `_` and `-`, beginning with the former."""
    return "".join(_NAME.findall(name.lower())).lstrip("_-")


def project_name(
    files: Iterable[Iterable[Document]], directory: str, given: str | None, variables: Mapping[str, str]
) -> str:
    """The project's name: given, of COMPOSE_PROJECT_NAME, of the last file that has one, or of the directory.

    Raises:
        RefusalError: It is no name, or its variables cannot be replaced.
    """
    explicit = given or variables.get("COMPOSE_PROJECT_NAME")
    if explicit:
        if clean_name(explicit) != explicit:
            raise RefusalError(
                (), f"{explicit!r} is no name of a project: small letters, digits, '_' and '-', a letter or digit first"
            )
        return explicit
    name, is_named = "", False
    for file in files:
        for number, document in enumerate(file):
            written = document.value.get("name") if isinstance(document.value, dict) else None
            name = (written.text if isinstance(written, Timestamp) else text_of(written)) or name
            is_named = is_named or (number == 0 and bool(written))
    try:
        name = clean_name(substitute(name, Variables(variables.get)))
    except TemplateError as error:
        raise RefusalError(("name",), str(error)) from error
    return name if name or is_named else clean_name(FilePath(directory).name)
