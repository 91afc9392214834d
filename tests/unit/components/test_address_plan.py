"""The address plan's arithmetic over random plans."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from typing import cast

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components.address_plan import (
    PRIVATE_RANGES,
    SHARED_RANGE,
    TIERS,
    ZONE_LETTERS,
    AddressPlan,
    AddressPlanError,
    Tier,
    ZoneLetter,
    parse_cidr,
)

PLANS = 5_000


@st.composite
def blocks(draw: st.DrawFn, *, within: Sequence[IPv4Network] = PRIVATE_RANGES, smallest: int = 23) -> IPv4Network:
    private_range = draw(st.sampled_from(within))
    prefix = draw(st.integers(min_value=16, max_value=smallest))
    index = draw(st.integers(min_value=0, max_value=(1 << (prefix - private_range.prefixlen)) - 1))
    return IPv4Network((int(private_range.network_address) + (index << (32 - prefix)), prefix))


@st.composite
def plans(draw: st.DrawFn) -> AddressPlan:
    cidr = draw(blocks())
    home = next(item for item in PRIVATE_RANGES if cidr.subnet_of(item))
    secondary: list[IPv4Network] = []
    for candidate in draw(st.lists(blocks(within=(home, SHARED_RANGE), smallest=25), max_size=4)):
        if not any(candidate.overlaps(other) for other in (cidr, *secondary)):
            secondary.append(candidate)
    zones = draw(st.lists(st.sampled_from(ZONE_LETTERS), min_size=1, max_size=8, unique=True))
    return AddressPlan(cidr, tuple(zones), tuple(secondary))


@hypothesis_settings(max_examples=PLANS)
@given(plans(), st.data())
def test_subnets_never_overlap_lie_in_one_block_and_stay_when_zones_or_blocks_go(
    plan: AddressPlan, data: st.DataObject
) -> None:
    for one, other in pairwise(sorted(plan.subnets, key=lambda subnet: subnet.cidr)):
        assert one.cidr.broadcast_address < other.cidr.network_address, (one, other)
    for subnet in plan.subnets:
        assert sum(subnet.cidr.subnet_of(block) for block in plan.cidrs) == 1
        assert subnet.cidr.prefixlen <= 28
    places = {subnet.name: (subnet.cidr, subnet.tier, subnet.zone) for subnet in plan.subnets}
    assert len(places) == len(plan.subnets)

    zones = data.draw(st.lists(st.sampled_from(plan.zones), min_size=1, unique=True))
    kept = tuple(block for block in plan.secondary_cidrs if data.draw(st.booleans()))
    smaller = AddressPlan(plan.cidr, tuple(zones), kept)
    assert len(smaller.subnets) == len(zones) * (len(TIERS) + len(kept))
    for subnet in smaller.subnets:
        assert places[subnet.name] == (subnet.cidr, subnet.tier, subnet.zone)


@hypothesis_settings(max_examples=500)
@given(blocks(), st.sampled_from(TIERS), st.sampled_from(ZONE_LETTERS))
def test_a_subnets_place_depends_on_its_own_tier_and_zone_alone(
    cidr: IPv4Network, tier: Tier, zone: ZoneLetter
) -> None:
    """With tiers and zones written out: a tier that is removed leaves its slot empty, and nobody moves in."""
    size = cidr.num_addresses // 32
    slot = {"public": 0, "private": 1, "isolated": 2}[tier] * 8 + "abcdefgh".index(zone)
    expected = IPv4Address(int(cidr.network_address) + slot * size)
    subnet = AddressPlan(cidr, ("a",)).subnet(tier, zone)
    assert subnet.network_address == expected
    assert subnet.num_addresses == size


def test_a_sixteen_is_cut_into_twenty_ones_with_a_spare_quarter() -> None:
    plan = AddressPlan(IPv4Network("10.0.0.0/16"), ("a", "b", "c"))
    assert str(plan.subnet("public", "a")) == "10.0.0.0/21"
    assert str(plan.subnet("private", "c")) == "10.0.80.0/21"
    assert str(plan.subnet("isolated", "h")) == "10.0.184.0/21"


def test_a_secondary_block_gives_each_zone_one_more_private_subnet() -> None:
    plan = AddressPlan(IPv4Network("10.0.0.0/16"), ("a", "c"), (IPv4Network("100.64.0.0/16"),))
    added = [(s.name, s.tier, str(s.cidr)) for s in plan.subnets if not s.is_primary]
    assert added == [
        ("private-a-100-64-0-0-16", "private", "100.64.0.0/19"),
        ("private-c-100-64-0-0-16", "private", "100.64.64.0/19"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.0.0.0", "no prefix length"),
        ("10.0.0.5/16", "did you mean '10.0.0.0/16'"),
        ("10.0.0.0/33", "not an IPv4 CIDR block"),
        ("fd00::/8", "not an IPv4 CIDR block"),
        ("tomorrow", "not an IPv4 CIDR block"),
    ],
)
def test_what_is_no_cidr_block_is_refused_with_the_value(text: str, said: str) -> None:
    with pytest.raises(AddressPlanError, match=said) as caught:
        parse_cidr(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("cidr", "zones", "secondary", "said"),
    [
        ("10.0.0.0/15", "ab", (), "larger than AWS allows"),
        ("10.0.0.0/24", "ab", (), "too small for the zones"),
        ("8.8.0.0/16", "ab", (), "not private address space"),
        ("10.0.0.0/16", "", (), "no zones"),
        ("10.0.0.0/16", "az", (), "'z' is not a zone"),
        ("10.0.0.0/16", "aa", (), "named twice"),
        ("10.0.0.0/16", "ab", ("10.0.128.0/20",), "overlaps '10.0.0.0/16'"),
        ("10.0.0.0/16", "ab", ("10.1.0.0/16", "10.1.0.0/20"), "overlaps '10.1.0.0/16'"),
        ("10.0.0.0/16", "ab", ("192.168.0.0/16",), "AWS does not associate"),
        ("10.0.0.0/16", "ab", ("10.1.0.0/26",), "cannot be cut"),
        ("10.0.0.0/16", "ab", ("10.1.0.0/15",), "not an IPv4|cannot be cut|did you mean"),
        ("10.0.0.0/16", "ab", tuple(f"10.{n}.0.0/16" for n in range(1, 6)), "more than the 4"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(cidr: str, zones: str, secondary: tuple[str, ...], said: str) -> None:
    with pytest.raises(AddressPlanError, match=said):
        AddressPlan(
            IPv4Network(cidr),
            cast("tuple[ZoneLetter, ...]", tuple(zones)),
            tuple(parse_cidr(item) for item in secondary),
        )
