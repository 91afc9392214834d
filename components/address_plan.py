"""Which subnet gets which addresses: fixed slots, so that adding or removing a zone or a tier renumbers nothing.

The VPC's CIDR block is cut into four tier slots (public, private, isolated, spare), each of them into eight zone
slots (a to h). A subnet's addresses therefore depend on the VPC's CIDR block, its own tier and its own zone alone.
A secondary CIDR block is cut into eight zone slots and gives each zone one more private subnet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network
from typing import Final, Literal, TypeAlias, get_args

Tier: TypeAlias = Literal["public", "private", "isolated"]
"""What a subnet is for: `public` faces the internet, `private` may go out by NAT, `isolated` has no route out."""

ZoneLetter: TypeAlias = Literal["a", "b", "c", "d", "e", "f", "g", "h"]
"""The letter that ends an availability zone's name (`eu-central-1a`)."""

TIERS: Final[tuple[Tier, ...]] = get_args(Tier)
ZONE_LETTERS: Final[tuple[ZoneLetter, ...]] = get_args(ZoneLetter)

TIER_BITS: Final = 2
ZONE_BITS: Final = 3
LARGEST_VPC_PREFIX: Final = 16
SMALLEST_SUBNET_PREFIX: Final = 28
SMALLEST_VPC_PREFIX: Final = SMALLEST_SUBNET_PREFIX - TIER_BITS - ZONE_BITS
SMALLEST_SECONDARY_PREFIX: Final = SMALLEST_SUBNET_PREFIX - ZONE_BITS
MAXIMUM_SECONDARY_CIDRS: Final = 4
"""AWS associates five IPv4 CIDR blocks with a VPC, the primary one included (default quota)."""

SHARED_RANGE: Final = IPv4Network("100.64.0.0/10")
PRIVATE_RANGES: Final = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    SHARED_RANGE,
)


class AddressPlanError(ValueError):
    """An address plan that cannot be: the text names the value, what is allowed, and what to do."""


@dataclass(frozen=True, kw_only=True)
class PlannedSubnet:
    """One subnet of a plan. `name` (`private-a`) is stable: it depends on tier, zone and secondary CIDR only."""

    name: str
    tier: Tier
    zone: ZoneLetter
    cidr: IPv4Network
    is_primary: bool


def parse_cidr(value: str) -> IPv4Network:
    """Return the network that `value` names.

    Raises:
        AddressPlanError: not an IPv4 CIDR block, or its address has bits outside the prefix.
    """
    try:
        network = IPv4Network(value, strict=False)
    except ValueError:
        raise AddressPlanError(
            f"{value!r} is not an IPv4 CIDR block; write it as address/prefix, for example 10.0.0.0/16"
        ) from None
    if "/" not in value:
        raise AddressPlanError(f"{value!r} has no prefix length; write it as address/prefix, for example {value}/16")
    if str(network) != value:
        raise AddressPlanError(f"{value!r} has address bits outside its prefix; did you mean {str(network)!r}?")
    return network


def range_of(network: IPv4Network) -> IPv4Network:
    """Return the private range that holds `network`.

    Raises:
        AddressPlanError: the network lies outside RFC 1918 and 100.64.0.0/10 (RFC 6598).
    """
    for private_range in PRIVATE_RANGES:
        if network.subnet_of(private_range):
            return private_range
    allowed = ", ".join(map(str, PRIVATE_RANGES))
    raise AddressPlanError(f"'{network}' is not private address space; choose a block inside one of {allowed}")


def check_vpc_cidr(network: IPv4Network) -> IPv4Network:
    """Return `network` when a VPC of this plan can have it as its primary CIDR block.

    Raises:
        AddressPlanError: larger than AWS allows, too small for the slots, or not private.
    """
    if network.prefixlen < LARGEST_VPC_PREFIX:
        raise AddressPlanError(
            f"'{network}' is larger than AWS allows for a VPC; choose /{LARGEST_VPC_PREFIX} to /{SMALLEST_VPC_PREFIX}"
        )
    if network.prefixlen > SMALLEST_VPC_PREFIX:
        raise AddressPlanError(
            f"'{network}' is too small for the zones: {1 << TIER_BITS} tiers of {1 << ZONE_BITS} zone slots with at "
            f"least 16 addresses each need /{SMALLEST_VPC_PREFIX} or larger; choose /{LARGEST_VPC_PREFIX} to "
            f"/{SMALLEST_VPC_PREFIX}"
        )
    _ = range_of(network)
    return network


def check_secondary_cidrs(primary: IPv4Network, secondaries: Sequence[IPv4Network]) -> None:
    """Check the secondary CIDR blocks against the primary one and each other.

    AWS associates a secondary block only from the primary one's own private range or from 100.64.0.0/10
    (Amazon VPC User Guide, "IPv4 CIDR block association restrictions").

    Raises:
        AddressPlanError: too many, too large, too small, outside what AWS associates, or overlapping.
    """
    if len(secondaries) > MAXIMUM_SECONDARY_CIDRS:
        raise AddressPlanError(
            f"{len(secondaries)} secondary CIDR blocks are more than the {MAXIMUM_SECONDARY_CIDRS} that AWS associates "
            f"with a VPC; remove {len(secondaries) - MAXIMUM_SECONDARY_CIDRS}"
        )
    taken = [primary]
    for network in secondaries:
        if not LARGEST_VPC_PREFIX <= network.prefixlen <= SMALLEST_SECONDARY_PREFIX:
            raise AddressPlanError(
                f"'{network}' cannot be cut into {1 << ZONE_BITS} zone slots of at least 16 addresses; "
                f"choose /{LARGEST_VPC_PREFIX} to /{SMALLEST_SECONDARY_PREFIX}"
            )
        if range_of(network) not in (range_of(primary), SHARED_RANGE):
            raise AddressPlanError(
                f"AWS does not associate '{network}' with a VPC of '{primary}'; "
                f"choose a block inside {range_of(primary)} or {SHARED_RANGE}"
            )
        for other in taken:
            if network.overlaps(other):
                raise AddressPlanError(f"'{network}' overlaps '{other}'; choose a block that shares no address with it")
        taken.append(network)


@dataclass(frozen=True)
class AddressPlan:
    """The subnets of one VPC.

    Raises:
        AddressPlanError: the blocks or zones cannot make a plan.
    """

    cidr: IPv4Network
    zones: tuple[ZoneLetter, ...]
    secondary_cidrs: tuple[IPv4Network, ...] = ()

    def __post_init__(self) -> None:
        _ = check_vpc_cidr(self.cidr)
        check_secondary_cidrs(self.cidr, self.secondary_cidrs)
        if not self.zones:
            raise AddressPlanError(f"no zones; name at least one of {', '.join(ZONE_LETTERS)}")
        for zone in self.zones:
            if zone not in ZONE_LETTERS:
                raise AddressPlanError(f"{zone!r} is not a zone; choose from {', '.join(ZONE_LETTERS)}")
            if self.zones.count(zone) > 1:
                raise AddressPlanError(f"zone {zone!r} is named twice; name each zone once")

    def subnet(self, tier: Tier, zone: ZoneLetter) -> IPv4Network:
        """Return the addresses of the subnet in the primary CIDR block, whether or not the plan has that zone."""
        slot = (TIERS.index(tier) << ZONE_BITS) + ZONE_LETTERS.index(zone)
        return _slot(self.cidr, TIER_BITS + ZONE_BITS, slot)

    def secondary_subnet(self, cidr: IPv4Network, zone: ZoneLetter) -> IPv4Network:
        """Return the addresses of the zone's private subnet in a secondary CIDR block."""
        return _slot(cidr, ZONE_BITS, ZONE_LETTERS.index(zone))

    @cached_property
    def cidrs(self) -> tuple[IPv4Network, ...]:
        """Every CIDR block of the VPC, the primary one first."""
        return (self.cidr, *self.secondary_cidrs)

    @cached_property
    def subnets(self) -> tuple[PlannedSubnet, ...]:
        """Every subnet, tier by tier and zone by zone, the secondary ones last."""
        primary = (
            PlannedSubnet(name=f"{tier}-{zone}", tier=tier, zone=zone, cidr=self.subnet(tier, zone), is_primary=True)
            for tier in TIERS
            for zone in self.zones
        )
        secondary = (
            PlannedSubnet(
                name=f"private-{zone}-{slug(cidr)}",
                tier="private",
                zone=zone,
                cidr=self.secondary_subnet(cidr, zone),
                is_primary=False,
            )
            for cidr in self.secondary_cidrs
            for zone in self.zones
        )
        return (*primary, *secondary)


def slug(network: IPv4Network) -> str:
    """Return the network as part of a resource name: `100-64-0-0-16`."""
    return str(network).replace(".", "-").replace("/", "-")


def _slot(network: IPv4Network, bits: int, index: int) -> IPv4Network:
    prefix = network.prefixlen + bits
    return IPv4Network((int(network.network_address) + (index << (32 - prefix)), prefix))
