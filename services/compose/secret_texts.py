"""Which texts of a project hold the value of a secret variable."""

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from services.compose.interpolation import Variables, substitute
from services.compose.quantities import split_command
from services.compose.values import Value


@dataclass(slots=True)
class SecretTexts:
    """Names of secret variables, and every whole text that one of them was put into.

    A later step finds a text of the project here again, wherever merging has moved it to. A text that says the same by
    chance counts, too: it would give the secret away just as well.
    """

    names: set[str] = field(default_factory=set[str])
    texts: set[str] = field(default_factory=set[str])

    def __contains__(self, text: str) -> bool:
        return text in self.texts

    def substitute(self, text: str, variables: Variables) -> str:
        """`interpolation.substitute`; remembers the result when it holds a secret.

        Raises:
            TemplateError: A reference is malformed, or a required variable is missing.
        """
        touched = False

        def lookup(name: str) -> str | None:
            nonlocal touched
            touched = touched or name in self.names
            return variables.lookup(name)

        replaced = substitute(text, Variables(lookup, variables.missing))
        if touched:
            self._remember(replaced)
        return replaced

    def _remember(self, text: str) -> None:
        """A text, and the value of one in the form `NAME=value`."""
        self.texts |= {text, text.partition("=")[2]} - {""}

    def commands(self) -> Collection[list[Value]]:
        """The texts as command lines, where no word is such a text itself."""
        found: list[list[Value]] = []
        for text in self.texts:
            with suppress(ValueError):  # no command line
                found.append(split_command(text))
        return [words for words in found if words and not any(word in self.texts for word in words)]

    @contextmanager
    def watching(
        self, lookup: Callable[[str], str | None], found: Mapping[str, str]
    ) -> Generator[Callable[[str], str | None]]:
        """A look-up for a file of variables. What the file puts into `found` and holds a secret is one afterwards."""
        touched: dict[str, str] = {}

        def watched(name: str) -> str | None:
            value = lookup(name)
            if value and name in self.names:
                touched[name] = value
            return value

        yield watched
        for name, value in found.items():
            if any(secret in value for secret in touched.values()):
                self.names.add(name)
                self._remember(value)

    def values(self, variables: Mapping[str, str]) -> Collection[str]:
        """The secrets themselves: what a variable of a container that is only named becomes."""
        return {variables[name] for name in self.names & variables.keys()} - {""}
