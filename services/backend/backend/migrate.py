"""`python -m backend.migrate`: apply the migrations that the database lacks, in order, each in a transaction."""

import sys
from pathlib import Path

import psycopg

from backend.database import Database

MIGRATIONS = Path(__file__).parent.parent / "migrations"

_LEDGER = "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())"
_LOCK_KEY = 7_316_402
"""Two jobs at once: the second waits for this advisory lock and then finds nothing to do."""


def migrate(connection: psycopg.Connection, directory: Path) -> list[str]:
    """Apply every `*.sql` of the directory that the ledger does not hold; returns their names."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
        connection.execute(_LEDGER)
        applied = {row[0] for row in connection.execute("SELECT name FROM schema_migrations")}
        missing = [path for path in sorted(directory.glob("*.sql")) if path.name not in applied]
        for path in missing:
            connection.execute(path.read_bytes())
            connection.execute("INSERT INTO schema_migrations (name) VALUES (%s)", (path.name,))
    return [path.name for path in missing]


def main() -> int:
    """Migrate the database of the environment; 1 with one line when it cannot be done."""
    try:
        with Database.from_environment().connect() as connection:
            applied = migrate(connection, MIGRATIONS)
    except psycopg.Error as error:
        print(f"migration failed: {error}".strip(), file=sys.stderr)
        return 1
    print(f"applied {len(applied)} migrations: {', '.join(applied) or 'none were missing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
