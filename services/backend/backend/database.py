"""The connection to PostgreSQL, from the environment that the service declares."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

_TIMEOUT_SECONDS = 3


@dataclass(frozen=True, kw_only=True)
class Database:
    """Where the database is and who we are there. The password is never part of a text of this object."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    sslmode: str
    sslrootcert: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Database":
        """Read the `DATABASE_*` variables.

        Raises:
            SystemExit: A variable is missing, or the password's file cannot be read.
        """
        try:
            return cls(
                host=environment["DATABASE_HOST"],
                port=int(environment["DATABASE_PORT"]),
                name=environment["DATABASE_NAME"],
                user=environment["DATABASE_USER"],
                password=Path(environment["DATABASE_PASSWORD_FILE"]).read_text().rstrip("\n"),
                sslmode=environment["DATABASE_SSLMODE"],
                sslrootcert=environment.get("DATABASE_SSLROOTCERT"),
            )
        except KeyError as error:
            raise SystemExit(f"the environment variable {error.args[0]} is not set") from None
        except OSError as error:
            raise SystemExit(f"DATABASE_PASSWORD_FILE cannot be read: {error.strerror}: {error.filename}") from None

    def connect(self) -> psycopg.Connection:
        """Open a connection.

        Raises:
            psycopg.OperationalError: The database does not answer within three seconds, or refuses us.
        """
        return psycopg.connect(
            host=self.host,
            port=self.port,
            dbname=self.name,
            user=self.user,
            password=self.password,
            sslmode=self.sslmode,
            sslrootcert=self.sslrootcert,
            connect_timeout=_TIMEOUT_SECONDS,
        )
