"""Files of variables: `.env`, `env_file`, `label_file`.

`NAME=value` or `NAME: value` a line; `export` before it; comments; single quotes keep everything, double quotes know
escapes and variables and may span lines; a bare `NAME` takes its value from the surroundings. Source: compose-go's
`dotenv` package; `format: raw` is the Compose command line's: every line as it is, no quotes, no variables.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from services.compose.interpolation import TemplateError, Variables, substitute

Lookup = Callable[[str], str | None]

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_BLANK = "\t\v\f\r \x85\xa0"
_EXPORT = re.compile(r"export[\t\n\f\r ]+")
_ESCAPE = re.compile(r'\\(?:[abcfnrtv$"\\]|0[0-9]{0,3})')
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}


class EnvFileError(ValueError):
    """A line of a file of variables that cannot be read."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


@dataclass(slots=True)
class _Parser:
    """A cursor over the text; `line` counts from 1."""

    text: str
    variables: dict[str, str]
    lookup: Lookup
    line: int = 1
    at: int = 0

    def known(self, name: str) -> str | None:
        value = self.lookup(name)
        return self.variables.get(name) if value is None else value

    def run(self) -> None:
        while self.skip_to_statement():
            name, inherited = self.name()
            if " " in name:
                raise EnvFileError(self.line, f"the name {name!r} contains a space")
            if inherited:
                value = self.lookup(name)
                if value is not None:
                    self.variables[name] = value
            else:
                self.variables[name] = self.value()

    def skip_to_statement(self) -> bool:
        """Moves past blank lines and comments; False at the end."""
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "#":
                end = self.text.find("\n", self.at)
                if end < 0:
                    return False
                self.at = end
            elif character in _SPACE:
                self.line += character == "\n"
                self.at += 1
            else:
                return True
        return False

    def name(self) -> tuple[str, bool]:
        """The next name, and whether its value comes from the surroundings."""
        export = _EXPORT.match(self.text, self.at)
        if export is not None:
            self.at += len("export")
            self.skip_blanks()
        start = self.at
        name, inherited = "", False
        for index in range(start, len(self.text)):
            character = self.text[index]
            if character in "=:\n":
                name, inherited = self.text[start:index], character == "\n"
                self.at = index + 1
                break
            if character not in _BLANK + "_.-[]" and unicodedata.category(character)[0] not in "LN":
                line = self.text[start:].split("\n", 1)[0]
                raise EnvFileError(self.line, f"{character!r} cannot stand in a variable's name: {line!r}")
        if start == len(self.text):
            raise EnvFileError(self.line, "'export' without a name")
        if inherited and " " not in name:
            self.line += 1
        self.skip_blanks()
        return name.rstrip(_SPACE), inherited

    def skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _BLANK:
            self.at += 1

    def value(self) -> str:
        quote = self.text[self.at : self.at + 1]
        if quote in ("'", '"'):
            return self.quoted(quote)
        end = self.text.find("\n", self.at)
        raw = self.text[self.at :] if end < 0 else self.text[self.at : end]
        self.at = len(self.text) if end < 0 else end + 1
        line, self.line = self.line, self.line + 1
        return self.expand(raw.split(" #", 1)[0].rstrip(_SPACE), line)

    def quoted(self, quote: str) -> str:
        start, characters, escaped = self.at, list[str](), False
        for index in range(start + 1, len(self.text)):
            character = self.text[index]
            self.line += character == "\n"
            if character == quote and not escaped:
                self.at = index + 1
                value = "".join(characters)
                return self.expand(_ESCAPE.sub(_unescape, value), self.line) if quote == '"' else value
            if character != quote and character == "\\" and not escaped:
                escaped = True
                continue
            if escaped and character != quote:
                characters.append("\\")
            escaped = False
            characters.append(character)
        raise EnvFileError(self.line, f"the quote is never closed: {self.text[start:].split(chr(10), 1)[0]}")

    def expand(self, value: str, line: int) -> str:
        try:
            return substitute(value, Variables(self.known))
        except TemplateError as error:
            raise EnvFileError(line, str(error)) from error


def _unescape(match: re.Match[str]) -> str:
    code = match[0][1:]
    if code == "$":
        return "$$"
    if code[0] == "0":
        octal = code[1:]
        valid = len(octal) == 3 and all(digit in "01234567" for digit in octal) and int(octal, 8) < 256
        return chr(int(octal, 8)) if valid else f"\\{octal}"
    return _ESCAPED.get(code, match[0])


def parse(text: str, variables: dict[str, str], lookup: Lookup) -> None:
    """Adds the variables of a file to `variables`; later lines see earlier ones, the surroundings win.

    Raises:
        EnvFileError: A line cannot be read.
    """
    _Parser(text.removeprefix("\ufeff"), variables, lookup).run()


def parse_raw(text: str, variables: dict[str, str], lookup: Lookup) -> None:
    """Adds the variables of a file whose values are taken as they are; a bare name takes its value from `lookup`.

    Raises:
        EnvFileError: A name holds a blank, or is missing.
    """
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        stripped = line.lstrip()
        if not stripped or stripped.startswith("#"):
            continue
        name, assigned, value = stripped.partition("=")
        if not name or any(character.isspace() for character in name):
            raise EnvFileError(number, f"{name!r} is no name of a variable")
        known = value if assigned else lookup(name)
        if known is not None:
            variables[name] = known


FORMATS: dict[str, Callable[[str, dict[str, str], Lookup], None]] = {"": parse, ".env": parse, "raw": parse_raw}
"""What `env_file.format` may say."""
