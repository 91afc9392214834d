"""The engines of managed databases, and what differs between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What differs between the engines of RDS.

    `major_versions`: those of which a new instance can be made, in standard or extended support; RDS gives each its
    latest minor version. `force_tls`: the parameter that refuses plain connections. `reserved_users`: master user
    names that RDS refuses. `longest_user`, `longest_password`: most characters of the master user's (Amazon RDS API
    Reference, CreateDBInstance).
    """

    name: str
    port: int
    major_versions: tuple[str, ...]
    force_tls: tuple[str, str]
    log_exports: tuple[str, ...]
    reserved_users: frozenset[str]
    longest_user: int
    longest_password: int

    def family(self, major_version: str) -> str:
        """Return the family of parameter groups of a major version."""
        return f"{self.name}{major_version}"


ENGINES: Final[Mapping[str, Engine]] = {
    engine.name: engine
    for engine in (
        # Amazon RDS User Guide, "Requiring an SSL connection to a PostgreSQL DB instance"; Amazon RDS for PostgreSQL
        # Release Notes, "Release calendars for Amazon RDS for PostgreSQL".
        Engine(
            name="postgres",
            port=5432,
            major_versions=("11", "12", "13", "14", "15", "16", "17", "18"),
            force_tls=("rds.force_ssl", "1"),
            log_exports=("postgresql", "upgrade"),
            reserved_users=frozenset({"admin", "rdsadmin"}),
            longest_user=63,
            longest_password=128,
        ),
        # Amazon RDS User Guide, "Requiring SSL/TLS for all connections to a MySQL DB instance"; "MySQL on Amazon RDS
        # versions", section "Supported MySQL major versions on Amazon RDS".
        Engine(
            name="mysql",
            port=3306,
            major_versions=("5.7", "8.0", "8.4"),
            force_tls=("require_secure_transport", "1"),
            log_exports=("error", "slowquery"),
            reserved_users=frozenset({"root", "rdsadmin"}),
            longest_user=16,
            longest_password=41,
        ),
        # Amazon RDS User Guide, "Requiring SSL/TLS for all connections to a MariaDB DB instance"; "MariaDB on Amazon
        # RDS versions", section "Supported MariaDB major versions on Amazon RDS".
        Engine(
            name="mariadb",
            port=3306,
            major_versions=("10.11", "11.4", "11.8", "12.3"),
            force_tls=("require_secure_transport", "1"),
            log_exports=("error", "slowquery"),
            reserved_users=frozenset({"root", "rdsadmin"}),
            longest_user=16,
            longest_password=41,
        ),
    )
}
"""Engine name -> engine."""


@dataclass(frozen=True, kw_only=True)
class CacheEngine:
    """What differs between the engines of ElastiCache. `versions`: the image's major version -> the engine's."""

    name: str
    port: int
    versions: Mapping[str, str]


CACHE_ENGINES: Final[Mapping[str, CacheEngine]] = {
    engine.name: engine
    for engine in (
        # Amazon ElastiCache User Guide, "Engine versions and upgrading".
        CacheEngine(name="redis", port=6379, versions={"6": "6.2", "7": "7.1"}),
        CacheEngine(name="valkey", port=6379, versions={"7": "7.2", "8": "8.1"}),
        CacheEngine(name="memcached", port=11211, versions={"1": "1.6.22"}),
    )
}
"""Engine name, which is the name of the official image -> engine."""
