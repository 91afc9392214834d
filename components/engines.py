"""The engines of managed databases, and what differs between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What differs between the engines of RDS.

    `version_parts`: how many numbers make a major version (17, but 8.4). `force_tls`: the parameter that refuses
    plain connections. `reserved_users`: master user names that RDS refuses.
    """

    name: str
    port: int
    version_parts: int
    force_tls: tuple[str, str]
    log_exports: tuple[str, ...]
    reserved_users: frozenset[str]

    def family(self, major_version: str) -> str:
        """Return the family of parameter groups of a major version."""
        return f"{self.name}{major_version}"


ENGINES: Final[Mapping[str, Engine]] = {
    engine.name: engine
    for engine in (
        # Amazon RDS User Guide, "Requiring an SSL connection to a PostgreSQL DB instance".
        Engine(
            name="postgres",
            port=5432,
            version_parts=1,
            force_tls=("rds.force_ssl", "1"),
            log_exports=("postgresql", "upgrade"),
            reserved_users=frozenset({"admin", "rdsadmin"}),
        ),
        # Amazon RDS User Guide, "Requiring SSL/TLS for all connections to a MySQL DB instance".
        Engine(
            name="mysql",
            port=3306,
            version_parts=2,
            force_tls=("require_secure_transport", "1"),
            log_exports=("error", "slowquery"),
            reserved_users=frozenset({"root", "rdsadmin"}),
        ),
        # Amazon RDS User Guide, "Requiring SSL/TLS for all connections to a MariaDB DB instance".
        Engine(
            name="mariadb",
            port=3306,
            version_parts=2,
            force_tls=("require_secure_transport", "1"),
            log_exports=("error", "slowquery"),
            reserved_users=frozenset({"root", "rdsadmin"}),
        ),
    )
}
"""Engine name -> engine."""
