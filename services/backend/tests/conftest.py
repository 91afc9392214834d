"""A PostgreSQL of the machine's own, for the tests that need a real one."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from backend.database import Database

PASSWORD = "correct-horse-battery"


def _programs() -> Path | None:
    """Where `initdb` and `pg_ctl` are: on PATH, or Debian's newest version."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return versions[-1] if versions else None


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """A fresh cluster that listens on a socket in the directory that is given; its superuser is `app`."""
    programs = _programs()
    if programs is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    # The server refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    # A socket's path has 107 bytes at most: pytest's own directories may be too deep.
    with TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        password = directory / "password"
        password.write_text(PASSWORD)
        if user is not None:
            owner = pwd.getpwnam(user)
            for path in (directory, password):
                os.chown(path, owner.pw_uid, owner.pw_gid)

        def run(program: str, *arguments: str) -> None:
            # pg_ctl's server keeps its output open: a pipe would never end.
            with (directory / "output").open("wb") as output:
                subprocess.run(
                    [programs / program, *arguments],
                    check=True,
                    cwd=directory,
                    user=user,
                    group=None if user is None else pwd.getpwnam(user).pw_gid,
                    extra_groups=None if user is None else [],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=60,
                )

        data = str(directory / "data")
        run(
            "initdb", "-D", data, "-U", "app", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync", "-E", "UTF8"
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={directory} -c fsync=off"
        run("pg_ctl", "-D", data, "-w", "-o", options, "start")
        try:
            yield directory
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def connect_as_superuser(cluster: Path) -> psycopg.Connection:
    """Connect to the cluster's maintenance database, each statement for itself."""
    return psycopg.connect(host=str(cluster), dbname="postgres", user="app", password=PASSWORD, autocommit=True)


@pytest.fixture
def database(cluster: Path) -> Iterator[Database]:
    """An empty database."""
    with connect_as_superuser(cluster) as connection:
        connection.execute("CREATE DATABASE app")
        yield Database(
            host=str(cluster), port=5432, name="app", user="app", password=PASSWORD, sslmode="prefer", sslrootcert=None
        )
        connection.execute("DROP DATABASE app WITH (FORCE)")
