"""Which texts of a project hold the value of a secret variable."""

from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from services.compose.interpolation import Variables, substitute
from services.compose.quantities import split_command
from services.compose.values import Value

_NO_CHANCE: Final = 12
_SHOWN_AS: Final = "[secret]"
_SHORTEST: Final = 4
"""Characters of a secret; a shorter one would be found in every second word."""


def hiding(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return what takes secrets out of a text that people read."""
    longest_first = sorted((secret for secret in secrets if len(secret) >= _SHORTEST), key=len, reverse=True)

    def hide(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, _SHOWN_AS)
        return text

    return hide


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
        touched: set[str] = set()

        def lookup(name: str) -> str | None:
            value = variables.lookup(name)
            if name in self.names:
                touched.add(value or "")
            return value

        replaced = substitute(text, Variables(lookup, variables.missing))
        if touched:
            self._remember(replaced, touched - {""})
        return replaced

    def _remember(self, text: str, secrets: Collection[str]) -> None:
        """A text, the value of one in the form `NAME=value`, and what has a secret of one in a short form, as `a:b`."""
        parts = [*text.split(":"), text.partition(":")[2], text.rpartition(":")[0]]
        self.texts |= {text, text.partition("=")[2], *(part for part in parts if any(s in part for s in secrets))} - {
            ""
        }

    def in_plain(self, text: str, variables: Mapping[str, str]) -> bool:
        """Whether who reads a text of the project reads a secret: the text is such a one, alone or as `NAME=text`.

        Paths have become absolute, so secrets are looked for within texts, too; those that could be there by chance
        are not, which have fewer than `_NO_CHANCE` characters.
        """
        long = (secret for secret in self.values(variables) if len(secret) >= _NO_CHANCE)
        return not self.texts.isdisjoint({text, text.partition("=")[2]}) or any(secret in text for secret in long)

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
                self._remember(value, touched.values())

    def values(self, variables: Mapping[str, str]) -> Collection[str]:
        """The secrets themselves: what a variable of a container that is only named becomes."""
        return {variables[name] for name in self.names & variables.keys()} - {""}
