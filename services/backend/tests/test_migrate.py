"""Migrations on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from backend import migrate as job
from backend.database import Database
from backend.migrate import MIGRATIONS, migrate


def run(database: Database, directory: Path) -> list[str]:
    with database.connect() as connection:
        return migrate(connection, directory)


def applied(database: Database) -> list[str]:
    with database.connect() as connection:
        return [row[0] for row in connection.execute("SELECT name FROM schema_migrations ORDER BY name")]


def test_a_fresh_database_gets_every_migration_once(database: Database) -> None:
    names = sorted(path.name for path in MIGRATIONS.glob("*.sql"))
    assert run(database, MIGRATIONS) == names
    assert run(database, MIGRATIONS) == []
    assert applied(database) == names
    with database.connect() as connection:
        connection.execute("INSERT INTO tasks (title) VALUES ('write it down')")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO tasks (title) VALUES ('')")


def test_migrations_run_in_the_order_of_their_names(database: Database, tmp_path: Path) -> None:
    (tmp_path / "0002_row.sql").write_text("INSERT INTO things DEFAULT VALUES;")
    (tmp_path / "0001_table.sql").write_text("CREATE TABLE things (id serial); CREATE INDEX ON things (id);")
    assert run(database, tmp_path) == ["0001_table.sql", "0002_row.sql"]
    (tmp_path / "0003_row.sql").write_text("INSERT INTO things DEFAULT VALUES;")
    assert run(database, tmp_path) == ["0003_row.sql"]


def test_a_failing_migration_leaves_the_database_as_it_was(database: Database, tmp_path: Path) -> None:
    (tmp_path / "0001_table.sql").write_text("CREATE TABLE things (id serial);")
    (tmp_path / "0002_wrong.sql").write_text("INSERT INTO nothing DEFAULT VALUES;")
    with pytest.raises(psycopg.errors.UndefinedTable):
        run(database, tmp_path)
    with database.connect() as connection:
        assert connection.execute("SELECT to_regclass('things')").fetchone() == (None,)


def test_two_jobs_at_once_apply_each_migration_once(database: Database, tmp_path: Path) -> None:
    (tmp_path / "0001_slow.sql").write_text("SELECT pg_sleep(0.3); CREATE TABLE things (id serial);")
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(run, [database] * 2, [tmp_path] * 2))
    assert sorted(runs) == [[], ["0001_slow.sql"]]


def test_the_job_ends_with_zero_and_says_what_it_applied(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(database, tmp_path, monkeypatch)
    assert (job.main(), job.main()) == (0, 0)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("applied 1 migrations: 0001_tasks.sql")
    assert second == "applied 0 migrations: none were missing"


def test_the_job_ends_with_one_and_one_reason_when_the_password_is_wrong(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(database, tmp_path, monkeypatch)
    (tmp_path / "password").write_text("wrong")
    assert job.main() == 1
    told = capsys.readouterr().err
    assert told.startswith("migration failed: ")
    assert "password authentication failed" in told
    assert "Traceback" not in told


def use(database: Database, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the database into the environment, as the service declares it."""
    password = directory / "password"
    password.write_text(f"{database.password}\n")
    values = {"HOST": database.host, "PORT": str(database.port), "NAME": database.name, "USER": database.user}
    for name, value in (values | {"PASSWORD_FILE": str(password), "SSLMODE": database.sslmode}).items():
        monkeypatch.setenv(f"DATABASE_{name}", value)
    monkeypatch.delenv("DATABASE_SSLROOTCERT", raising=False)
