"""Elasticsearch with security and TLS: the real server of Maven Central."""

import ssl
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import httpx

from observability.elasticsearch.service import BOOTSTRAP, users
from tests.observability.engines import certificates, java
from tests.observability.engines.process import running, until
from tests.ports import free_port

PASSWORD = "the-superuser's-password"
_LEAST_JAVA = 21
_LIBZSTD = Path("/usr/lib/x86_64-linux-gnu/libzstd.so.1")
_READY_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node that answers."""

    url: str
    folder: Path
    certificates: certificates.Certificates
    process: subprocess.Popen[bytes]

    def client(self, user: str = BOOTSTRAP, password: str = PASSWORD) -> httpx.Client:
        """A client that is a user."""
        return httpx.Client(base_url=self.url, auth=(user, password), verify=self.trust, timeout=30)

    @property
    def trust(self) -> ssl.SSLContext:
        """Trusts its authority alone."""
        return ssl.create_default_context(cafile=str(self.certificates.authority))


@contextmanager
def node(
    folder: Path, made: certificates.Certificates | None = None, more: Mapping[str, str] | None = None
) -> Generator[Node]:
    """A node on loopback with its data in `folder`, and with more settings if wanted."""
    classes = java.class_path("elasticsearch", least_java=_LEAST_JAVA)
    files = made or certificates.make(folder / "certificates")
    config = folder / "home" / "config"
    native = folder / "native"
    for path in (config, native, folder / "data"):
        path.mkdir(parents=True, exist_ok=True)
    link = native / "libzstd.so"
    if not link.is_symlink():
        link.symlink_to(_LIBZSTD)
    for name, path in (("cert.pem", files.certificate), ("key.pem", files.key)):
        (config / name).write_bytes(path.read_bytes())
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4, prefix=b"2a")).decode()
    (config / "users").write_text(users(hashed))
    (config / "users_roles").write_text(f"superuser:{BOOTSTRAP}\n")
    port = free_port()
    settings = {
        "cluster.name": "test",
        "node.name": "one",
        "path.home": folder / "home",
        "path.data": folder / "data",
        "network.host": "127.0.0.1",
        "http.port": port,
        "transport.port": free_port(),
        "discovery.type": "single-node",
        "xpack.security.enabled": "true",
        "xpack.security.http.ssl.enabled": "true",
        "xpack.security.http.ssl.key": "key.pem",
        "xpack.security.http.ssl.certificate": "cert.pem",
        "xpack.license.self_generated.type": "basic",
        **(more or {}),
    }
    (folder / "settings").write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))
    command = [
        java.java(_LEAST_JAVA) / "java",
        "-Xms512m",
        "-Xmx512m",
        "-XX:TieredStopAtLevel=1",
        f"-Des.nativelibs.path={native}",
        # Without it the lack of this library disables zstd as well, and with that best_compression.
        "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
        "--enable-native-access=ALL-UNNAMED",
        "--add-modules=jdk.incubator.vector",
        "-cp",
        classes,
        "Starter",
        folder / "settings",
    ]
    log = folder / "elasticsearch.log"
    with running(command, log=log, folder=folder) as process:
        made_node = Node(url=f"https://localhost:{port}", folder=folder, certificates=files, process=process)
        with made_node.client() as client:
            until(
                "Elasticsearch",
                lambda: client.get("/_cluster/health").status_code == 200,
                seconds=_READY_SECONDS,
                process=process,
                log=log,
            )
        yield made_node
