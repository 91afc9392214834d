"""Every bad setting is refused with its value, what is allowed, and what to do."""

from collections.abc import Mapping
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from tests.unit.components.recording import settings

NETWORK = {"cidr": "10.0.0.0/16"}
EDGE = {"domain": "app.example.com", "hosted_zone": "example.com"}


def the_error(**overrides: object) -> tuple[str, str]:
    with pytest.raises(ValidationError) as caught:
        settings(**overrides)
    (error,) = caught.value.errors()
    return ".".join(str(part) for part in error["loc"] if not str(part).startswith("function-")), error["msg"]


@pytest.mark.parametrize(
    ("network", "key", "said"),
    [
        ({"cidr": "10.0.0.0/24"}, "network.cidr", ["'10.0.0.0/24'", "too small for the zones", "/16 to /23"]),
        ({"cidr": "10.0.0.1/16"}, "network.cidr", ["'10.0.0.1/16'", "did you mean '10.0.0.0/16'"]),
        ({"cidr": 10}, "network.cidr", ["10 is not an IPv4 CIDR block", "for example 10.0.0.0/16"]),
        (
            NETWORK | {"secondary_cidrs": ["10.0.128.0/20"]},
            "network.secondary_cidrs",
            ["'10.0.128.0/20' overlaps '10.0.0.0/16'", "choose a block"],
        ),
        (
            NETWORK | {"secondary_cidrs": ["100.64.0.0/16", "100.64.0.0/17"]},
            "network.secondary_cidrs",
            ["'100.64.0.0/17' overlaps '100.64.0.0/16'"],
        ),
        (NETWORK | {"secondary_cidrs": ["x"]}, "network.secondary_cidrs.0", ["'x' is not an IPv4 CIDR block"]),
        (NETWORK | {"nat": "double"}, "network.nat", ["'double'", "none, single, per_az", "choose"]),
        (NETWORK | {"zones": ["a"]}, "network.zones", ["a is too few", "at least two zones"]),
        (NETWORK | {"zones": ["a", "a"]}, "network.zones", ["'a' is named twice"]),
        (NETWORK | {"zones": ["a", "z"]}, "network.zones.1", ["'z' is not allowed", "a, b, c"]),
        (
            NETWORK | {"zones": list("abcd"), "secondary_cidrs": [f"100.{64 + i}.0.0/16" for i in range(4)]},
            "network.zones",
            ["4 zones with 4 secondary_cidrs make 20 private subnets", "at most 16"],
        ),
        (NETWORK | {"flow_log_retention_days": 366}, "network.flow_log_retention_days", ["366", "365, 400"]),
        (NETWORK | {"flow_log_retention_days": True}, "network.flow_log_retention_days", ["True", "allowed"]),
    ],
)
def test_a_bad_network_is_refused_at_its_key(network: Mapping[str, object], key: str, said: list[str]) -> None:
    where, text = the_error(network=network)
    assert where == key
    for part in said:
        assert part in text


@pytest.mark.parametrize(
    ("overrides", "key", "said"),
    [
        ({"edge": EDGE | {"hosted_zone": "other.org"}}, "edge.hosted_zone", ["'other.org'", "'app.example.com'"]),
        ({"edge": EDGE | {"domain": "Not A Domain"}}, "edge.domain", ["'Not A Domain'", "full domain name"]),
        ({"edge": EDGE, "network": {"cidr": "10.0.0.0/23"}}, "edge", ["'10.0.0.0/23'", "/22 or larger"]),
        ({"database": {"instance_class": "big"}}, "database.instance_class", ["'big'", "db.t4g.medium"]),
        (
            {"database": {"storage_gib": 200, "max_storage_gib": 100}},
            "database.max_storage_gib",
            ["100 is less than storage_gib (200)"],
        ),
        ({"database": {"backup_window": "25:00-26:00"}}, "database.backup_window", ["25:00", "02:00-03:00"]),
        (
            {"database": {"monitoring_interval_seconds": 7}},
            "database.monitoring_interval_seconds",
            ["7 is not allowed", "0, 1, 5"],
        ),
        ({"images": {"platform": "linux/386"}}, "images.platform", ["'linux/386'", "linux/arm64"]),
        ({"permissions_boundary_arn": "boundary"}, "permissions_boundary_arn", ["'boundary'", "arn:aws:iam::"]),
    ],
)
def test_a_bad_setting_is_refused_at_its_key(overrides: Mapping[str, object], key: str, said: list[str]) -> None:
    where, text = the_error(**overrides)
    assert where == key
    for part in said:
        assert part in text


def test_a_tag_that_aws_does_not_take_is_refused() -> None:
    tags = {"owner": "a|b", "cost_center": "42", "data_classification": "internal", "repository": "x"}
    where, text = the_error(tags=tags)
    assert where == "tags.owner"
    assert "'a|b'" in text


def test_unknown_keys_are_errors_at_every_level() -> None:
    assert the_error(network=NETWORK | {"nta": "none"})[0] == "network.nta"
    assert the_error(networks=NETWORK)[0] == "networks"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        setattr(settings().network, "cidr", "10.1.0.0/16")  # noqa: B010


def test_every_setting_says_what_it_is() -> None:
    pending: list[type[BaseModel]] = [type(settings())]
    while pending:
        model = pending.pop()
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"
            candidates = (field.annotation, *get_args(field.annotation))
            pending += [item for item in candidates if isinstance(item, type) and issubclass(item, BaseModel)]
