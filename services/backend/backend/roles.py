"""The roles of the database and what each may do.

They are made by the migration job, and not by the image's initialisation, which RDS does not have: the same on a laptop
and on AWS. The administrator is the user that the image or RDS makes; only the job knows its password. It is a
superuser on a laptop and none on RDS, so nothing here may need one, and migrations run as the owner, who is none
anywhere.
"""

from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql
from pydantic import SecretStr

OWNER: Final = "app_owner"
"""Owns the schema; nobody logs in as it."""

APPLICATION: Final = "app"
"""Reads and writes rows, and changes nothing about the schema."""

METRICS: Final = "app_metrics"
"""Reads the server's statistics (`pg_monitor`), and no table."""

_SETTINGS: Final = {
    APPLICATION: {"statement_timeout": "5s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "10s"},
    METRICS: {"statement_timeout": "5s", "default_transaction_read_only": "on"},
}
"""Login role -> what its sessions begin with: a query that got lost must not hold others up."""


@dataclass(frozen=True, kw_only=True)
class Passwords:
    """The passwords of the roles that log in."""

    application: SecretStr
    metrics: SecretStr


def ensure(connection: psycopg.Connection[Any], passwords: Passwords) -> None:
    """Make the roles, or make them right: existence, passwords, memberships, rights on the database and its schema.

    The connection is the administrator's. What may be done with tables follows in `grant_tables`.
    """
    database = sql.Identifier(connection.info.dbname)
    for role in (OWNER, APPLICATION, METRICS):
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).rowcount:
            _run(connection, "CREATE ROLE {}", sql.Identifier(role))
    for role, password in ((APPLICATION, passwords.application), (METRICS, passwords.metrics)):
        _run(connection, "ALTER ROLE {} LOGIN PASSWORD {}", sql.Identifier(role), _verifier(connection, role, password))
        for name, value in _SETTINGS[role].items():
            _run(
                connection, "ALTER ROLE {} SET {} = {}", sql.Identifier(role), sql.Identifier(name), sql.Literal(value)
            )
    _run(connection, "GRANT {} TO CURRENT_USER", sql.Identifier(OWNER))
    _run(connection, "GRANT pg_monitor TO {}", sql.Identifier(METRICS))
    _run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
    for role in (OWNER, APPLICATION, METRICS):
        _run(connection, "GRANT CONNECT ON DATABASE {} TO {}", database, sql.Identifier(role))
    _run(connection, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    _run(connection, "GRANT USAGE, CREATE ON SCHEMA public TO {}", sql.Identifier(OWNER))
    _run(connection, "GRANT USAGE ON SCHEMA public TO {}", sql.Identifier(APPLICATION))


def act_as_owner(connection: psycopg.Connection[Any]) -> None:
    """Be the owner until the end of the transaction."""
    _run(connection, "SET LOCAL ROLE {}", sql.Identifier(OWNER))


def grant_tables(connection: psycopg.Connection[Any]) -> None:
    """Let the application work with the owner's tables to come; the ledger, which exists, it may only read.

    The connection acts as the owner.
    """
    application = sql.Identifier(APPLICATION)
    for statement in (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {}",
        "GRANT SELECT ON schema_migrations TO {}",
    ):
        _run(connection, statement, application)


def _verifier(connection: psycopg.Connection[Any], role: str, password: SecretStr) -> sql.Literal:
    """Return what the server keeps of a password, made here: a statement with a password may be logged."""
    secret = password.get_secret_value().encode()
    return sql.Literal(connection.pgconn.encrypt_password(secret, role.encode(), b"scram-sha-256").decode())


def _run(connection: psycopg.Connection[Any], statement: LiteralString, *parts: sql.Composable) -> None:
    connection.execute(sql.SQL(statement).format(*parts))
