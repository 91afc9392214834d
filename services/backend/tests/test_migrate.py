"""Migrations and roles on a real PostgreSQL."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backend import migrate as job
from backend import roles, schema
from backend.migrate import connect, migrate
from backend.roles import APPLICATION, METRICS, OWNER, Passwords
from backend.schema import MIGRATIONS, Migration, SchemaError, pending
from backend.settings import MigrationSettings
from services.backend.tests.cluster import APP_PASSWORD, METRICS_PASSWORD, PASSWORD, Cluster

ON_BOTH_TARGETS = pytest.mark.parametrize("empty_database", ["superuser", "rds"], indirect=True)


def run(settings: MigrationSettings, directory: Path = MIGRATIONS) -> list[str]:
    passwords = Passwords(application=settings.app_password, metrics=settings.metrics_password)
    with connect(settings) as connection:
        return migrate(connection, passwords, schema.read(directory))


def as_role(cluster: Cluster, role: str, password: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host="127.0.0.1", port=cluster.port, dbname="app", user=role, password=password, autocommit=True
    )


@ON_BOTH_TARGETS
def test_a_fresh_database_gets_every_migration_once(administrator: MigrationSettings) -> None:
    names = sorted(path.name for path in MIGRATIONS.glob("*.sql"))
    assert run(administrator) == names
    assert run(administrator) == []
    with connect(administrator) as connection:
        found = connection.execute("SELECT name FROM schema_migrations ORDER BY name").fetchall()
    assert [name for (name,) in found] == names


@ON_BOTH_TARGETS
def test_the_application_reads_and_writes_rows_and_nothing_else(
    administrator: MigrationSettings, cluster: Cluster
) -> None:
    run(administrator)
    with as_role(cluster, APPLICATION, APP_PASSWORD) as connection:
        connection.execute("INSERT INTO tasks (id, title) VALUES (gen_random_uuid(), 'write it down')")
        connection.execute("UPDATE tasks SET completed_at = now()")
        assert connection.execute("DELETE FROM tasks").rowcount == 1
        assert connection.execute("SELECT name FROM schema_migrations").fetchall()
        for refused in (
            "CREATE TABLE more (id int)",
            "CREATE TEMPORARY TABLE more (id int)",
            "ALTER TABLE tasks ADD COLUMN more int",
            "DROP TABLE tasks",
            "TRUNCATE tasks",
            "DELETE FROM schema_migrations",
            f"SET ROLE {OWNER}",
            "CREATE ROLE more",
            "SELECT pg_read_file('/etc/passwd')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)
        assert connection.execute("SHOW statement_timeout").fetchone() == ("5s",)


@ON_BOTH_TARGETS
def test_metrics_are_read_without_reading_a_table(administrator: MigrationSettings, cluster: Cluster) -> None:
    run(administrator)
    with as_role(cluster, METRICS, METRICS_PASSWORD) as connection:
        # Statements of others are shown to pg_monitor's members alone.
        queries = connection.execute("SELECT query FROM pg_stat_activity WHERE usename = 'postgres'").fetchall()
        assert ("<insufficient privilege>",) not in queries
        assert connection.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'").fetchone()
        for refused in ("SELECT * FROM public.tasks", "SELECT * FROM public.schema_migrations"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE more (id int)")


@ON_BOTH_TARGETS
def test_the_owner_is_no_superuser_and_nobody_logs_in_as_it(administrator: MigrationSettings, cluster: Cluster) -> None:
    run(administrator)
    with cluster.connect("app") as connection:
        assert connection.execute(
            "SELECT rolsuper, rolcanlogin, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s", (OWNER,)
        ).fetchone() == (False, False, False, False)
        owners = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert owners == [(OWNER,)]


def test_a_migration_that_needs_a_superuser_fails_on_a_laptop_as_on_rds(
    administrator: MigrationSettings, tmp_path: Path
) -> None:
    (tmp_path / "0001_file.sql").write_text("COPY (SELECT 1) TO '/tmp/nothing';")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(administrator, tmp_path)


@pytest.mark.parametrize("empty_database", ["superuser"], indirect=True)
def test_a_role_that_others_know_is_not_one_of_the_public(administrator: MigrationSettings, cluster: Cluster) -> None:
    run(administrator)
    with cluster.connect() as connection:
        connection.execute("CREATE ROLE app_stranger LOGIN PASSWORD 'x'")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        as_role(cluster, "app_stranger", "x")


def test_passwords_are_in_no_statement_that_the_server_logs(administrator: MigrationSettings, cluster: Cluster) -> None:
    run(administrator)
    logged = cluster.log.read_text(encoding="utf-8")
    assert f'ALTER ROLE "{APPLICATION}" LOGIN PASSWORD \'SCRAM-SHA-256$' in logged
    assert APP_PASSWORD not in logged
    assert METRICS_PASSWORD not in logged


def test_a_new_password_is_set_by_the_next_run(administrator: MigrationSettings, cluster: Cluster) -> None:
    run(administrator)
    renewed = administrator.model_copy(update={"app_password_file": administrator.metrics_password_file})
    run(renewed)
    as_role(cluster, APPLICATION, METRICS_PASSWORD).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        as_role(cluster, APPLICATION, APP_PASSWORD)


def test_tables_of_later_migrations_are_the_applications_too(
    administrator: MigrationSettings, cluster: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "0001_table.sql").write_text("CREATE TABLE things (id serial);")
    run(administrator, tmp_path)
    (tmp_path / "0002_table.sql").write_text("CREATE TABLE others (id bigserial);")
    assert run(administrator, tmp_path) == ["0002_table.sql"]
    with as_role(cluster, APPLICATION, APP_PASSWORD) as connection:
        for table in ("things", "others"):
            connection.execute(f"INSERT INTO {table} DEFAULT VALUES")


def test_a_failing_migration_leaves_the_database_as_it_was(
    administrator: MigrationSettings, cluster: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "0001_table.sql").write_text("CREATE TABLE things (id serial);")
    (tmp_path / "0002_wrong.sql").write_text("INSERT INTO nothing DEFAULT VALUES;")
    with pytest.raises(psycopg.errors.UndefinedTable):
        run(administrator, tmp_path)
    with cluster.connect("app") as connection:
        assert connection.execute("SELECT to_regclass('things')").fetchone() == (None,)
        assert connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (APPLICATION,)).fetchall() == []


def test_two_jobs_at_once_apply_each_migration_once(administrator: MigrationSettings, tmp_path: Path) -> None:
    (tmp_path / "0001_slow.sql").write_text("SELECT pg_sleep(0.3); CREATE TABLE things (id serial);")
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(run, [administrator] * 2, [tmp_path] * 2))
    assert sorted(runs) == [[], ["0001_slow.sql"]]


def migration(name: str, text: str = "") -> Migration:
    return Migration(name=name, statements=text.encode())


def test_a_migration_that_was_changed_after_it_was_applied_is_refused() -> None:
    applied = {"0001": migration("0001", "before").sha256}
    with pytest.raises(SchemaError, match="0001 was changed after it was applied: put it back"):
        pending([migration("0001", "after")], applied)


def test_a_migration_that_sorts_before_one_that_is_applied_is_refused() -> None:
    applied = {"0002": migration("0002").sha256}
    with pytest.raises(SchemaError, match="0001 sorts before 0002, which is applied already"):
        pending([migration("0001"), migration("0002")], applied)


def test_what_a_newer_build_applied_is_no_concern_of_an_older_one() -> None:
    applied = {name: migration(name).sha256 for name in ("0001", "0002")}
    assert pending([migration("0001")], applied) == []


@pytest.fixture
def environment(administrator: MigrationSettings, monkeypatch: pytest.MonkeyPatch) -> MigrationSettings:
    """The job's settings, as the service declares them."""
    for name, value in administrator.model_dump(mode="json", exclude_none=True).items():
        monkeypatch.setenv(f"DATABASE_{name.upper()}", str(value))
    return administrator


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("environment")
def test_the_job_ends_with_zero_and_says_what_it_applied(capsys: pytest.CaptureFixture[str]) -> None:
    assert (job.main(), job.main()) == (0, 0)
    first, second = told(capsys)
    assert first["message"] == "applied 1 migrations: 0001_tasks.sql"
    assert second["message"] == "applied 0 migrations: none were missing"


def test_the_job_ends_at_once_with_one_line_when_the_password_is_wrong(
    environment: MigrationSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "password").write_text("wrong")
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    assert job.main() == 1
    [line] = told(capsys)
    assert line["log.level"] == "critical"
    assert line["message"].startswith("migration failed, nothing was changed: ")
    assert "password authentication failed" in line["message"]
    assert "wrong" not in line["message"].replace("password authentication", "")


def test_the_job_says_each_try_and_ends_when_the_database_does_not_come(
    environment: MigrationSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_HOST", "127.0.0.1")
    monkeypatch.setenv("DATABASE_PORT", "1")
    monkeypatch.setenv("DATABASE_WAIT_SECONDS", "0.5")
    assert job.main() == 1
    *tries, last = told(capsys)
    assert tries
    assert all(line["message"].startswith("the database does not answer yet: ") for line in tries)
    assert "Connection refused" in last["message"]


def test_the_job_names_every_variable_that_is_wrong(
    environment: MigrationSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_HOST")
    monkeypatch.setenv("DATABASE_USR", "app_admin")
    assert job.main() == 2
    [line] = told(capsys)
    assert "DATABASE_HOST is not set" in line["message"]
    assert "DATABASE_USR is no setting: did you mean DATABASE_USER?" in line["message"]


@pytest.mark.usefixtures("environment")
def test_the_job_waits_for_a_database_that_comes_up_late(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster.stop()
    with ThreadPoolExecutor(1) as pool:
        try:
            code = pool.submit(job.main)
        finally:
            cluster.start()
        assert code.result(timeout=30) == 0
    assert told(capsys)[-1]["message"].startswith("applied 1 migrations")


def test_secrets_are_in_no_text_of_the_settings(administrator: MigrationSettings) -> None:
    assert administrator.password.get_secret_value() == PASSWORD
    assert PASSWORD not in f"{administrator!r} {administrator.password!r} {administrator.model_dump()}"


def test_every_role_that_logs_in_has_limits() -> None:
    assert set(roles._SETTINGS) == {APPLICATION, METRICS}  # pyright: ignore[reportPrivateUsage]
