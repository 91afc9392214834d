"""Settings of the AWS building blocks: what must be known before `up`, checked in full before any resource is touched.

Every error names the bad value, what is allowed, and what to do; the one reader of configuration puts the key
(`components:network.cidr`) before it.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from ipaddress import IPv4Network
from typing import Annotated, Any, Final, Literal, TypeAlias, cast, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from components.address_plan import (
    ZONE_LETTERS,
    AddressPlan,
    Tier,
    ZoneLetter,
    check_secondary_cidrs,
    check_vpc_cidr,
    parse_cidr,
)

__all__ = [
    "AwsSettings",
    "CacheSettings",
    "Cidr",
    "ComponentsSettings",
    "DatabaseSettings",
    "EdgeSettings",
    "ImageSettings",
    "LogSettings",
    "NatMode",
    "NetworkSettings",
    "RetentionDays",
    "Settings",
    "TagSettings",
    "Tier",
    "ZoneLetter",
]


class Settings(BaseModel):
    """Base of all settings: frozen, strict, closed to unknown keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _choice(allowed: Sequence[object], remedy: str) -> BeforeValidator:
    """Refuse a value outside `allowed` in the reader's words."""

    def check(value: object) -> object:
        if value not in allowed or isinstance(value, bool):
            raise ValueError(f"{value!r} is not allowed; allowed: {', '.join(map(str, allowed))}; {remedy}")
        return value

    return BeforeValidator(check)


def _pattern(expression: str, allowed: str) -> AfterValidator:
    """Refuse text that does not match `expression` as a whole; `allowed` says what does, with an example."""
    compiled = re.compile(expression)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise ValueError(f"{value!r} is not allowed; {allowed}")
        return value

    return AfterValidator(check)


def _cidr(value: object) -> str:
    if not isinstance(value, str):
        # pydantic turns ValueError into an error of the field, and lets TypeError through.
        raise ValueError(f"{value!r} is not an IPv4 CIDR block; write it as text, for example 10.0.0.0/16")  # noqa: TRY004
    return str(parse_cidr(value))


Cidr: TypeAlias = Annotated[str, BeforeValidator(_cidr)]
"""An IPv4 CIDR block in canonical form."""

NatMode: TypeAlias = Annotated[
    Literal["none", "single", "per_az"],
    _choice(
        ("none", "single", "per_az"),
        "choose none (no way out), single (one NAT gateway) or per_az (one in each zone)",
    ),
]
"""How private subnets reach the internet."""

_RETENTION_DAYS: TypeAlias = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
RetentionDays: TypeAlias = Annotated[
    _RETENTION_DAYS, _choice(get_args(_RETENTION_DAYS), "choose one of the periods that CloudWatch Logs offers")
]
"""A retention period that CloudWatch Logs offers, in days (API reference, PutRetentionPolicy)."""

_Zone: TypeAlias = Annotated[ZoneLetter, _choice(ZONE_LETTERS, "write the letter that ends the zone's name")]

DomainName: TypeAlias = Annotated[
    str,
    Field(max_length=253),
    _pattern(
        r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
        "write a full domain name in small letters, for example app.example.com",
    ),
]
"""A fully qualified DNS name without the final dot."""

TagValue: TypeAlias = Annotated[
    str,
    Field(min_length=1, max_length=256),
    _pattern(
        r"[\w\s.:/=+\-@]+",
        "AWS allows letters, digits, spaces and . : / = + - @ _ in a tag; remove the other characters",
    ),
]
"""A tag's value as every AWS service accepts it (Tagging Best Practices: 1 to 256 characters)."""


TASK_SUBNETS: Final = 16
"""Subnets that a service may name (Amazon ECS API Reference, AwsVpcConfiguration)."""


class AwsSettings(Settings):
    """The `aws:` keys: those of the AWS provider that this program reads."""

    region: Annotated[str, _pattern(r"[a-z]{2}(-[a-z]+)+-\d", "write an AWS region, for example eu-central-1")] = Field(
        description="AWS region of the stack, as in `eu-central-1`."
    )
    profile: str | None = Field(
        default=None, description="Profile of the AWS credentials; the environment's when unset."
    )


class NetworkSettings(Settings):
    """`components:network`: the VPC's addresses, zones and way out."""

    cidr: Cidr = Field(
        default="10.0.0.0/16", description="Primary CIDR block of the VPC: private address space, /16 to /23."
    )
    secondary_cidrs: tuple[Cidr, ...] = Field(
        default=(), description="Further CIDR blocks; each gives every zone one more private subnet. At most four."
    )
    zones: tuple[_Zone, ...] = Field(
        default=("a", "b", "c"), description="Letters of the availability zones to use, at least two."
    )
    nat: NatMode = Field(default="single", description="NAT gateways: none, single (in the first zone) or per_az.")
    flow_log_retention_days: RetentionDays = Field(default=365, description="Days that VPC flow logs are kept.")

    @field_validator("cidr")
    @classmethod
    def _cidr_holds_the_slots(cls, value: str) -> str:
        return str(check_vpc_cidr(IPv4Network(value)))

    @field_validator("secondary_cidrs")
    @classmethod
    def _secondary_cidrs_fit(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        primary = cast("str | None", info.data.get("cidr"))
        if primary is not None:
            check_secondary_cidrs(IPv4Network(primary), [IPv4Network(cidr) for cidr in value])
        return value

    @field_validator("zones")
    @classmethod
    def _zones_are_several(cls, value: tuple[ZoneLetter, ...], info: ValidationInfo) -> tuple[ZoneLetter, ...]:
        for zone in value:
            if value.count(zone) > 1:
                raise ValueError(f"zone {zone!r} is named twice; name each zone once")
        if len(value) < 2:
            raise ValueError(
                f"{', '.join(value) or 'no zone'} is too few: load balancers and database subnet groups need at least "
                f"two zones; name two or more of {', '.join(ZONE_LETTERS)}"
            )
        private = len(value) * (1 + len(cast("tuple[str, ...]", info.data.get("secondary_cidrs", ()))))
        if private > TASK_SUBNETS:
            raise ValueError(
                f"{len(value)} zones with {private // len(value) - 1} secondary_cidrs make {private} private subnets, "
                f"but a service of ECS takes at most {TASK_SUBNETS}; use fewer zones or fewer secondary_cidrs"
            )
        return value

    @cached_property
    def plan(self) -> AddressPlan:
        """The address plan of these settings."""
        return AddressPlan(
            cidr=IPv4Network(self.cidr),
            zones=self.zones,
            secondary_cidrs=tuple(IPv4Network(cidr) for cidr in self.secondary_cidrs),
        )


class TagSettings(Settings):
    """`components:tags`: the tags that people choose."""

    owner: TagValue = Field(description="Team or person that answers for the stack.")
    cost_center: TagValue = Field(description="Cost centre that pays for the stack.")
    data_classification: TagValue = Field(description="Classification of the data in the stack, e.g. confidential.")
    repository: TagValue = Field(description="Repository that the stack is deployed from.")


class EdgeSettings(Settings):
    """`components:edge`: how the internet reaches the application."""

    domain: DomainName = Field(description="Domain name of the application.")
    hosted_zone: DomainName = Field(description="Public Route 53 hosted zone that holds the domain.")
    ingress_cidrs: tuple[Cidr, ...] = Field(
        default=("0.0.0.0/0",), description="CIDR blocks that may reach what is published.", min_length=1
    )
    requests_per_5_minutes: int = Field(
        default=2000,
        ge=10,
        le=2_000_000_000,
        description="Requests from one address in 5 minutes before WAF blocks it.",
    )
    idle_timeout_seconds: int = Field(
        default=60, ge=1, le=4000, description="Seconds before an idle connection is closed."
    )
    access_log_retention_days: int = Field(default=365, ge=1, le=3653, description="Days that access logs are kept.")
    waf_log_retention_days: RetentionDays = Field(default=90, description="Days that WAF logs are kept.")

    @field_validator("hosted_zone")
    @classmethod
    def _zone_holds_the_domain(cls, value: str, info: ValidationInfo) -> str:
        domain = cast("str | None", info.data.get("domain"))
        if domain is not None and domain != value and not domain.endswith(f".{value}"):
            raise ValueError(
                f"{value!r} does not hold the domain {domain!r}; name the hosted zone that the domain ends in"
            )
        return value


DailyWindow: TypeAlias = Annotated[
    str, _pattern(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", "write it as 02:00-03:00 (UTC)")
]
"""A time of day, every day."""

WeeklyWindow: TypeAlias = Annotated[
    str,
    _pattern(
        r"(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d",
        "write it as sun:03:30-sun:04:30 (UTC)",
    ),
]
"""A time of day on one day of the week."""


class DatabaseSettings(Settings):
    """`components:database`: size and safety of managed databases."""

    instance_class: Annotated[
        str, _pattern(r"db\.[a-z0-9-]+\.[a-z0-9]+", "write an RDS instance class, for example db.t4g.medium")
    ] = Field(default="db.t4g.medium", description="RDS instance class.")
    storage_gib: int = Field(default=20, ge=20, le=65_536, description="Storage at the start, in GiB.")
    max_storage_gib: int = Field(
        default=100, ge=20, le=65_536, description="Storage that autoscaling may grow to, in GiB; at least storage_gib."
    )
    multi_az: bool = Field(default=True, description="Whether a standby runs in a second zone.")
    backup_retention_days: int = Field(default=14, ge=1, le=35, description="Days that automated backups are kept.")
    backup_window: DailyWindow = Field(default="02:00-03:00", description="Daily backup window, UTC.")
    maintenance_window: WeeklyWindow = Field(
        default="sun:03:30-sun:04:30", description="Weekly maintenance window, UTC; outside the backup window."
    )
    performance_insights_retention_days: Annotated[
        int, _choice((7, *(31 * month for month in range(1, 24)), 731), "choose a period that RDS offers")
    ] = Field(default=7, description="Days that Performance Insights are kept; 7 costs nothing.")
    monitoring_interval_seconds: Annotated[
        int, _choice((0, 1, 5, 10, 15, 30, 60), "choose an interval that RDS offers; 0 is off")
    ] = Field(default=60, description="Seconds between enhanced monitoring samples; 0 is off.")
    log_retention_days: RetentionDays = Field(default=90, description="Days that exported database logs are kept.")

    @field_validator("max_storage_gib")
    @classmethod
    def _room_to_grow(cls, value: int, info: ValidationInfo) -> int:
        storage_gib = cast("int | None", info.data.get("storage_gib"))
        if storage_gib is not None and value < storage_gib:
            raise ValueError(f"{value} is less than storage_gib ({storage_gib}); make it at least {storage_gib}")
        return value


class CacheSettings(Settings):
    """`components:cache`: size and safety of managed caches."""

    node_type: Annotated[
        str, _pattern(r"cache\.[a-z0-9-]+\.[a-z0-9]+", "write an ElastiCache node type, for example cache.t4g.small")
    ] = Field(default="cache.t4g.small", description="ElastiCache node type.")
    standby_nodes: int = Field(
        default=1, ge=0, le=5, description="Nodes in other zones that take over when the first one fails."
    )
    snapshot_retention_days: int = Field(default=7, ge=0, le=35, description="Days that daily snapshots are kept.")
    snapshot_window: DailyWindow = Field(default="02:00-03:00", description="Daily snapshot window, UTC.")
    maintenance_window: WeeklyWindow = Field(
        default="sun:03:30-sun:04:30", description="Weekly maintenance window, UTC; outside the snapshot window."
    )


class LogSettings(Settings):
    """`components:logs`: how long logs are kept."""

    retention_days: RetentionDays = Field(default=90, description="Days that service logs are kept.")


class ImageSettings(Settings):
    """`components:images`: how images are built and how many are kept for rollback."""

    keep_images: int = Field(
        default=30, ge=2, le=1000, description="Newest images that a repository keeps: how far back."
    )
    platform: Annotated[
        Literal["linux/amd64", "linux/arm64"],
        _choice(("linux/amd64", "linux/arm64"), "choose the platform that the services run on"),
    ] = Field(default="linux/amd64", description="Platform that images are built for.")


class ComponentsSettings(Settings):
    """`components:*`: everything that the AWS building blocks take from the stack's configuration."""

    network: NetworkSettings = Field(NetworkSettings(), description="The VPC's addresses, zones and way out.")
    tags: TagSettings = Field(description="The tags that people choose.")
    edge: EdgeSettings | None = Field(
        default=None, description="How the internet reaches the application; none: it does not."
    )
    database: DatabaseSettings = Field(default=DatabaseSettings(), description="Size and safety of managed databases.")
    cache: CacheSettings = Field(default=CacheSettings(), description="Size and safety of managed caches.")
    logs: LogSettings = Field(default=LogSettings(), description="How long logs are kept.")
    images: ImageSettings = Field(default=ImageSettings(), description="How images are built and kept.")
    protection: bool = Field(default=True, description="Whether data is protected against deletion.")
    permissions_boundary_arn: (
        Annotated[
            str,
            _pattern(
                r"arn:aws[a-z-]*:iam::\d{12}:policy/[\w+=,.@/-]+",
                "write a policy's ARN, for example arn:aws:iam::123456789012:policy/boundary",
            ),
        ]
        | None
    ) = Field(default=None, description="ARN of the IAM policy that bounds every role; none: no boundary.")

    @field_validator("edge")
    @classmethod
    def _load_balancer_fits(cls, value: EdgeSettings | None, info: ValidationInfo) -> EdgeSettings | None:
        network: Any = info.data.get("network")
        if isinstance(network, NetworkSettings) and value is not None and IPv4Network(network.cidr).prefixlen > 22:
            raise ValueError(
                f"a load balancer needs subnets of /27 or larger, which network.cidr {network.cidr!r} does not give; "
                "make network.cidr a /22 or larger, or remove edge"
            )
        return value
