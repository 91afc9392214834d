"""A PostgreSQL of the tests' own, and databases in it as the image and as RDS make them."""

import os
import pwd
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from psycopg import sql

from services.backend.tests.postgresql_programs import Programs

SUPERUSER = "postgres"
ADMINISTRATOR = "app_admin"
DATABASE = "app"
PASSWORD = "correct-horse-battery"
APP_PASSWORD = "its own, with 'quotes' and ünïcode"
METRICS_PASSWORD = "another %s one"

AdministratorKind = Literal["superuser", "rds"]
StopMode = Literal["fast", "immediate"]


class Cluster:
    """A server on a socket in `directory` and on loopback, over TLS for `localhost` on both of them where asked for.

    Its directory is short: a socket's path has 107 bytes at most.
    """

    def __init__(self, directory: Path, programs: Programs, port: int) -> None:
        self.directory = directory
        self.port = port
        self.authority = directory / "authority.pem"
        self._programs = programs
        # The server refuses to run as root.
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def create(self) -> None:
        """Make the server's files and start it."""
        password = self.directory / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        self._make_certificate()
        if self._user is not None:
            for path in (self.directory, *self.directory.iterdir()):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        self._run(
            *("initdb", "--pgdata", self._data, "--username", SUPERUSER, "--encoding", "UTF8", "--locale", "C.UTF-8"),
            *("--auth", "scram-sha-256", "--pwfile", str(password), "--no-sync"),
        )
        self.start()

    def start(self) -> None:
        """Start the server, unless it runs, and wait until it answers."""
        if (self.directory / "data/postmaster.pid").exists():
            return
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.directory),
            "fsync": "off",
            "ssl": "on",
            "ssl_cert_file": str(self.directory / "server.pem"),
            "ssl_key_file": str(self.directory / "server.key"),
            "log_statement": "all",
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self.log), "-o", options, "start")

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server; `immediate` is what a crash looks like."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    @cached_property
    def log(self) -> Path:
        """What the server logs, each statement among it."""
        return self.directory / "server.log"

    @property
    def _data(self) -> str:
        return str(self.directory / "data")

    def connect(self, database: str = SUPERUSER) -> psycopg.Connection[Any]:
        """Connect as the superuser, each statement for itself."""
        return psycopg.connect(
            host=str(self.directory),
            port=self.port,
            dbname=database,
            user=SUPERUSER,
            password=PASSWORD,
            autocommit=True,
        )

    @contextmanager
    def empty_database(self, kind: AdministratorKind) -> Generator[None]:
        """A database without roles, owned by an administrator as the official image or as RDS has it."""
        attributes = {"superuser": sql.SQL("SUPERUSER"), "rds": sql.SQL("CREATEDB CREATEROLE")}[kind]
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}").format(
                    sql.Identifier(ADMINISTRATOR), attributes, sql.Literal(PASSWORD)
                )
            )
            if kind == "rds":
                connection.execute(
                    sql.SQL("GRANT pg_monitor TO {} WITH ADMIN OPTION").format(sql.Identifier(ADMINISTRATOR))
                )
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ADMINISTRATOR))
            )
        try:
            yield
        finally:
            with self.connect() as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
                # The administrator, who granted the others what they have, goes after them.
                roles = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'app%' ORDER BY rolname DESC"
                for (role,) in connection.execute(roles).fetchall():
                    connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
                    connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))

    def _make_certificate(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        text = certificate.public_bytes(serialization.Encoding.PEM)
        self.authority.write_bytes(text)
        (self.directory / "server.pem").write_bytes(text)
        private = self.directory / "server.key"
        private.touch(mode=0o600)
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(self._programs.directory / program), *arguments]
        # pg_ctl's server keeps its output open: a pipe would never end.
        with (self.directory / "output").open("wb") as output:
            finished = subprocess.run(
                command,
                check=False,
                cwd=self.directory,
                env={**os.environ, **self._programs.environment},
                user=None if self._user is None else self._user.pw_uid,
                group=None if self._user is None else self._user.pw_gid,
                extra_groups=None if self._user is None else [],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=60,
            )
        if finished.returncode != 0:
            told = (self.directory / "output").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"{program} ended with exit code {finished.returncode}: {told}")


@contextmanager
def running(programs: Programs, port: int) -> Generator[Cluster]:
    """A cluster that lives as long as the context."""
    with TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        cluster = Cluster(Path(name), programs, port)
        cluster.create()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")
