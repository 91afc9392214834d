"""`extends`: a service takes what another one says, of the same file or another, and goes on from there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.compose.errors import RefusalError
from services.compose.merge import merge_at
from services.compose.resets import reset
from services.compose.values import Path, Value, clone, clone_mapping, in_words

Services = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Base:
    """The services of a file that another one extends, and what that file resets."""

    services: Mapping[str, Value]
    resets: Sequence[Path]


@dataclass(slots=True)
class Extender:
    """Resolves `extends` within one file. `open_base` reads another file, by the path as written."""

    file: str
    resets: Sequence[Path]
    open_base: Callable[[str, Path], Base]
    bases: dict[str, Base] = field(default_factory=dict[str, Base])

    def apply(self, model: dict[str, Value]) -> dict[str, Value]:
        """Resolves every `extends` of the model, in place.

        Raises:
            RefusalError: A service that is extended does not exist, or extends itself in the end.
        """
        for section in ("services", "jobs"):
            entries = model.get(section)
            if section not in model:
                continue
            if not isinstance(entries, dict):
                raise RefusalError((section,), f"must be a mapping, not {in_words(entries)}", entries)
            for name in list(entries):
                entries[name] = self.resolve((section, name), name, entries, self.resets, ())
        return model

    def resolve(
        self, place: Path, name: str, services: Services, resets: Sequence[Path], chain: tuple[tuple[str, str], ...]
    ) -> Value:
        """A service with all that it extends; `chain` is who extended whom to come here."""
        service = services[name]
        if service is None:
            return None
        if not isinstance(service, dict):
            raise RefusalError(place, f"must be a mapping, not {in_words(service)}", service)
        if "extends" not in service:
            return service
        where = (*place, "extends")
        reference, file = self.reference(service["extends"], where)
        inner, origin = resets, self.file
        if file is not None:
            base = self.base(file, where)
            services, inner, origin = clone_mapping(base.services), base.resets, file
        if reference not in services:
            source = f" in {file}" if file is not None else ""
            raise RefusalError(where, f"there is no service {reference!r}{source} to extend", reference)
        link = (origin, name)
        if link in chain:
            names = " -> ".join(f"{who} ({source})" for source, who in (*chain, link))
            raise RefusalError(where, f"the services extend each other in a circle: {names}")
        extended = self.resolve(place, reference, services, inner, (*chain, link))
        if extended is None:
            return service
        copy = clone(extended)
        reset({"services": {name: copy}}, resets)
        merged = merge_at(copy, service, ("services", "x"))
        if isinstance(merged, dict):
            merged.pop("extends", None)
        services[name] = merged
        return merged

    def reference(self, value: Value, path: Path) -> tuple[str, str | None]:
        """The name of the extended service, and its file unless it is this one."""
        if isinstance(value, str):
            return value, None
        if not isinstance(value, dict) or not isinstance(value.get("service"), str):
            raise RefusalError(path, "must be a service's name, or a mapping with the key service", value)
        file = value.get("file")
        if file is not None and not isinstance(file, str):
            raise RefusalError((*path, "file"), f"must be a path, not {in_words(file)}", file)
        return str(value["service"]), file

    def base(self, file: str, path: Path) -> Base:
        """The services of another file, read once."""
        if file not in self.bases:
            self.bases[file] = self.open_base(file, path)
        return self.bases[file]
