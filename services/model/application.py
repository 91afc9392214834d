"""A whole application.

Source: compose-spec `03-compose-file.md`, `04-version-and-name.md`.
"""

from collections.abc import Callable, Mapping

from pydantic import Field, PrivateAttr

from services.model.elements import Element, Name, Opaque
from services.model.networks import Network
from services.model.resources import Config, Secret, Volume
from services.model.runtime import Condition
from services.model.service import Service


class Application(Element):
    """A whole Compose application.

    Names are unique within their kind by construction; `services.rules.check` says whether the parts fit together.
    """

    name: Name
    services: Mapping[Name, Service] = Field(min_length=1)
    networks: Mapping[Name, Network] = {}
    volumes: Mapping[Name, Volume] = {}
    secrets: Mapping[Name, Secret] = {}
    configs: Mapping[Name, Config] = {}
    jobs: Mapping[str, Opaque] = Field(default={}, description="Jobs with triggers of their own.")
    models: Mapping[str, Opaque] = Field(default={}, description="AI models.")
    directory: str = Field(
        default=".", exclude=True, description="Where relative paths of the model start, relative to the program."
    )

    _locate: Callable[[tuple[str | int, ...]], str] | None = PrivateAttr(default=None)

    def located(self, locate: Callable[[tuple[str | int, ...]], str]) -> "Application":
        """The same application, which knows where its keys stand: `locate` answers `file:line:column: `."""
        copy = self.model_copy()
        copy._locate = locate
        return copy

    def place(self, path: tuple[str | int, ...]) -> str:
        """Where a key stands, as `file:line:column: `; nothing for an application that was not read from files."""
        return "" if self._locate is None else self._locate(path)

    @property
    def one_shot_services(self) -> frozenset[str]:
        """Services that run to their end: somebody waits for their successful completion."""
        return frozenset(
            name
            for service in self.services.values()
            for name, dependency in service.depends_on.items()
            if dependency.condition is Condition.COMPLETED
        )

    def names_of(self, service: str) -> Mapping[str, tuple[str | int, ...]]:
        """Every name under which others find a service beside its own, with the key that gives it.

        These are network aliases, its container's name, and aliases of links: a link's alias holds for one service on
        Docker; here all names share one namespace.
        """
        element = self.services[service]
        found: dict[str, tuple[str | int, ...]] = {}
        for network, attachment in element.networks.items():
            for alias in attachment.aliases:
                found.setdefault(alias, ("services", service, "networks", network, "aliases"))
        if element.container_name is not None:
            found.setdefault(element.container_name, ("services", service, "container_name"))
        for name, other in self.services.items():
            for index, link in enumerate(other.links):
                linked, _, alias = link.partition(":")
                if alias and linked == service:
                    found.setdefault(alias, ("services", name, "links", index))
        found.pop(service, None)
        return found
