"""What a Docker engine refuses between the services of an application; pure.

A host port is given once there; containers of one network reach each other on every port, and two may share an alias.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from services.model import Application
from services.on_docker.values import address
from services.port_ranges import path_of, protocol_of, published_runs
from services.problems import Problem

_EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - nothing is bound here


def _published_ports(application: Application) -> Iterator[Problem]:
    owners: dict[tuple[int, str], dict[str, str]] = defaultdict(dict)
    for name, service in application.services.items():
        taken_by: dict[int, str] = {}
        for index, port in enumerate(service.ports):
            if port.published is None:
                continue
            taken, bound = owners[port.published, port.protocol], address(port)
            shared = taken if bound in _EVERY_ADDRESS else {bound, *_EVERY_ADDRESS} & taken.keys()
            other = next((taken[one] for one in taken if one in shared), None)
            if other is not None:
                taken_by[index] = other
            taken.setdefault(bound, name)
        for other in dict.fromkeys(taken_by.values()):
            conflicts = [(index, service.ports[index]) for index, owner in taken_by.items() if owner == other]
            for run in published_runs(conflicts):
                yield Problem(
                    ("services", name, *path_of(run, "published")),
                    f"{run}/{protocol_of(run.things[0])} is published by services.{other} already: choose another "
                    f"{'range' if run.first < run.last else 'port'}",
                )


RULES: Final = (_published_ports,)
