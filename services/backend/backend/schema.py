"""The schema's migrations: files that are applied in the order of their names, once, and never changed afterwards."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import psycopg

from backend.database import Connection

MIGRATIONS: Final = Path(__file__).parent.parent / "migrations"

CREATE_LEDGER: Final = """
    CREATE TABLE IF NOT EXISTS schema_migrations
    (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())
"""
READ_LEDGER: Final = "SELECT name, sha256 FROM schema_migrations"
RECORD: Final = "INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)"


class SchemaError(RuntimeError):
    """The migrations of this build and those that the database has do not fit together; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One file: its name, its statements, and the hash of them that the ledger keeps."""

    name: str
    statements: bytes

    @property
    def sha256(self) -> str:
        """The hash of the statements, in hexadecimal digits."""
        return hashlib.sha256(self.statements).hexdigest()


def read(directory: Path) -> tuple[Migration, ...]:
    """Return the migrations of a directory in their order."""
    return tuple(
        Migration(name=path.name, statements=path.read_bytes())
        for path in sorted(directory.glob("*.sql"), key=lambda path: path.name)
    )


def pending(migrations: Sequence[Migration], applied: Mapping[str, str]) -> list[Migration]:
    """Return what a database lacks that has `applied` (name -> hash).

    What it has beyond the migrations is from a newer build, and no concern of this one.

    Raises:
        SchemaError: A migration was changed after it was applied, or would be applied after a later one.
    """
    for migration in migrations:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise SchemaError(
                f"{migration.name} was changed after it was applied: put it back, and write a new migration"
            )
    missing = [migration for migration in migrations if migration.name not in applied]
    last = max(applied, default="")
    if missing and missing[0].name < last:
        raise SchemaError(f"{missing[0].name} sorts before {last}, which is applied already: give it a higher number")
    return missing


async def missing_migrations(connection: Connection) -> list[str]:
    """Return the names of this build's migrations that the database lacks."""
    try:
        rows = await (await connection.execute(READ_LEDGER)).fetchall()
    except psycopg.errors.UndefinedTable:
        rows = []
    applied = {row["name"] for row in rows}
    return [name for name in _shipped() if name not in applied]


@cache
def _shipped() -> tuple[str, ...]:
    return tuple(migration.name for migration in read(MIGRATIONS))
