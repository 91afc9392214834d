"""Ports: those that are published outside, and those that an application's own services reach.

Source: compose-spec `05-services.md`, "ports" and "expose".
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from services.model.elements import Element, PortNumber, WholeNumber


class Protocol(StrEnum):
    """Transport protocol of a port."""

    TCP = "tcp"
    UDP = "udp"
    SCTP = "sctp"


def _published(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d+-\d+", value):
        raise ValueError(
            f"{value!r} leaves the choice of the port to the engine: write one port, or as many as target has"
        )
    return None if value == "" else value


PublishedPort = Annotated[WholeNumber, Field(ge=1, le=65535)]


class Port(Element):
    """`ports` in the long form: a container port that is published outside the application's networks."""

    target: PortNumber = Field(description="Port inside the container.")
    published: Annotated[PublishedPort | None, BeforeValidator(_published)] = Field(
        default=None, description="Port on the host, or on the load balancer."
    )
    protocol: Protocol = Protocol.TCP
    app_protocol: Literal["http", "https", "http2", "grpc", "tcp"] | None = Field(
        default=None, description="What is spoken on the port."
    )
    host_ip: str | None = Field(default=None, description="Host address to bind; loopback keeps the port private.")
    mode: Literal["ingress", "host"] = "ingress"
    name: str | None = Field(default=None, description="A name for people.")


@dataclass(frozen=True, order=True, slots=True)
class ContainerPort:
    """One port of a container that other services may reach."""

    number: int
    protocol: Protocol = Protocol.TCP

    def __str__(self) -> str:
        return f"{self.number}" if self.protocol is Protocol.TCP else f"{self.number}/{self.protocol}"


class Exposed(Element):
    """One entry of `expose`: a port, or a range of them."""

    first: PortNumber
    last: PortNumber | None = Field(default=None, description="The first one when unset.")
    protocol: Protocol = Protocol.TCP

    @property
    def ports(self) -> tuple[ContainerPort, ...]:
        """Each port of the range."""
        return tuple(
            ContainerPort(number, self.protocol) for number in range(self.first, (self.last or self.first) + 1)
        )


def _exposed(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp|sctp))?", value.lower())
    if match is None:
        raise ValueError(f"{value!r} is no port: write a number, a range, or either with a protocol, as in '53/udp'")
    first, last, protocol = match.groups()
    if int(last or first) < int(first):
        raise ValueError(f"{value!r}: a range rises: write the smaller port first")
    return {"first": int(first), "last": int(last) if last else None, "protocol": Protocol(protocol or "tcp")}


Expose = Annotated[Exposed, BeforeValidator(_exposed)]
