"""`python -m backend.migrate`: make the roles right and apply the migrations that are missing, or change nothing."""

import logging
import sys
from collections.abc import Sequence
from typing import Any, Final

import psycopg
from psycopg.rows import tuple_row
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_exponential

from backend import logs, roles, schema
from backend.database import connection_parameters
from backend.roles import Passwords
from backend.schema import MIGRATIONS, Migration, SchemaError
from backend.settings import LogLevel, MigrationSettings, SettingsError, load

logger = logging.getLogger("backend.migrate")

_LOCK_KEY: Final = 7_316_402
"""Two jobs at once: the second waits for this advisory lock and then finds nothing to do."""

_WILL_NOT_CHANGE: Final = ("password authentication failed", "no pg_hba.conf entry", "certificate verify failed")
"""A server's or a library's refusals that no waiting mends; libpq has no codes for them."""


def migrate(connection: psycopg.Connection[Any], passwords: Passwords, migrations: Sequence[Migration]) -> list[str]:
    """Make roles and schema right in one transaction; returns the names of the migrations that were missing.

    Raises:
        SchemaError: The migrations do not fit what was applied.
        psycopg.Error: A statement failed; nothing was changed.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
        # Whoever needs a table that a statement waits for waits as well.
        connection.execute("SET LOCAL lock_timeout = '30s'")
        roles.ensure(connection, passwords)
        roles.act_as_owner(connection)
        connection.execute(schema.CREATE_LEDGER)
        roles.grant_tables(connection)
        applied = dict(connection.execute(schema.READ_LEDGER).fetchall())
        missing = schema.pending(migrations, applied)
        for migration in missing:
            connection.execute(migration.statements)
            connection.execute(schema.RECORD, (migration.name, migration.sha256))
    return [migration.name for migration in missing]


def connect(settings: MigrationSettings) -> psycopg.Connection[Any]:
    """Connect as the administrator; a database that is not up yet is waited for.

    Raises:
        psycopg.OperationalError: It refuses us, or did not answer in time.
    """
    retrying = Retrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_delay(settings.wait_seconds),
        wait=wait_exponential(multiplier=0.1, max=2),
        before_sleep=_log_waiting,
        reraise=True,
    )
    return retrying(lambda: psycopg.connect(**connection_parameters(settings), autocommit=True, row_factory=tuple_row))


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, psycopg.OperationalError) and not any(text in str(error) for text in _WILL_NOT_CHANGE)


def _log_waiting(state: RetryCallState) -> None:
    outcome = state.outcome
    logger.warning("the database does not answer yet: %s", _one_line(outcome.exception() if outcome else None))


def _one_line(error: BaseException | None) -> str:
    return " ".join(str(error).split())


def main() -> int:
    """Migrate the database of the environment; 1 with one line that says why when it cannot be done, 2 for settings."""
    logs.configure(LogLevel.INFO)
    try:
        settings = load(MigrationSettings)
        passwords = Passwords(application=settings.app_password, metrics=settings.metrics_password)
        with connect(settings) as connection:
            applied = migrate(connection, passwords, schema.read(MIGRATIONS))
    except SettingsError as error:
        logger.critical("the environment is wrong: %s", error)
        return 2
    except (psycopg.Error, SchemaError) as error:
        logger.critical("migration failed, nothing was changed: %s", _one_line(error))
        return 1
    logger.info("applied %d migrations: %s", len(applied), ", ".join(applied) or "none were missing")
    return 0


if __name__ == "__main__":
    sys.exit(main())
