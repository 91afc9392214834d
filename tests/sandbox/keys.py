"""A stack of a password, an authority and its certificate, and a bucket that is told secrets of them.

python -m tests.sandbox.keys PROJECT COMMAND: the sandbox's commands on it, as a process to kill. KEYS_STUCK names a
resource of `random` or `tls` whose creation hangs: it says so in PROJECT/stuck and never ends.
"""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pulumi
import pulumi_random as random
import pulumi_tls as tls
from rich.console import Console

from sandbox.commands import Sandbox
from sandbox.engine import Engine
from sandbox.files import SandboxFiles
from sandbox.plugin import Plugin, Props, Urn
from sandbox.polling import wait_until
from sandbox.random_provider import RandomProvider
from sandbox.state_provider import StateProvider
from sandbox.tls_provider import TlsProvider
from tests.sandbox.tiny import Bucket, TinyPlugin

VALIDITY_HOURS, EARLY_HOURS = 48, 12


@dataclass(kw_only=True)
class KeysProgram:
    """The stack; what it made last is kept in `values`."""

    length: int = 24
    seen: dict[str, str] = field(default_factory=dict[str, str])
    """Name -> what the program was told."""

    def __call__(self) -> None:
        password = random.RandomPassword("elastic", length=self.length, special=False)
        ca_key = tls.PrivateKey("authority", algorithm="ECDSA", ecdsa_curve="P256")
        ca = tls.SelfSignedCert(
            "authority",
            private_key_pem=ca_key.private_key_pem,
            subject=tls.SelfSignedCertSubjectArgs(common_name="stack authority"),
            allowed_uses=["cert_signing", "crl_signing"],
            validity_period_hours=87600,
            is_ca_certificate=True,
        )
        key = tls.PrivateKey("kibana", algorithm="ECDSA", ecdsa_curve="P256")
        request = tls.CertRequest("kibana", private_key_pem=key.private_key_pem, dns_names=["kibana", "localhost"])
        certificate = tls.LocallySignedCert(
            "kibana",
            cert_request_pem=request.cert_request_pem,
            ca_cert_pem=ca.cert_pem,
            ca_private_key_pem=ca_key.private_key_pem,
            allowed_uses=["digital_signature", "server_auth"],
            validity_period_hours=VALIDITY_HOURS,
            early_renewal_hours=EARLY_HOURS,
        )
        login = pulumi.Output.concat("elastic:", password.result)
        Bucket("told", colour="red", login=login, key=key.private_key_pem_pkcs8, certificate=certificate.cert_pem)
        told = {
            "password": password.result,
            "hash": password.bcrypt_hash,
            "caKey": ca_key.private_key_pem,
            "key": key.private_key_pem_pkcs8,
            "ca": ca.cert_pem,
            "certificate": certificate.cert_pem,
        }
        for name, value in told.items():
            value.apply(lambda text, name=name: self.seen.__setitem__(name, text))
        pulumi.export("password", password.result)
        pulumi.export("login", {"user": "elastic", "password": password.result})
        pulumi.export("certificate", certificate.cert_pem)


@dataclass(kw_only=True)
class Clock:
    """The providers' time; tests move it."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def keys_plugins(clock: Callable[[], datetime]) -> Callable[[str, str, Path], Sequence[Plugin]]:
    """The providers of a run."""

    def plugins(endpoint_url: str, region: str, project: Path) -> Sequence[Plugin]:
        stateless = [_Stuck(project, kind(clock)) for kind in (RandomProvider, TlsProvider)]
        return (TinyPlugin(endpoint_url=endpoint_url, region=region), *stateless)

    return plugins


def _Stuck(project: Path, plugin: StateProvider) -> StateProvider:  # noqa: N802 (makes a class's instance)
    """The provider, which never answers to the creation of one resource."""
    create = plugin.create

    def stuck(urn: Urn, inputs: Props, preview: bool) -> tuple[str, Props]:
        if not preview and f"{urn.type.rsplit(':', 1)[1]} {urn.name}" == os.environ.get("KEYS_STUCK"):
            (project / "stuck").write_text("")
            wait_until(lambda: False, seconds=120)
        return create(urn, inputs, preview)

    plugin.create = stuck  # pyright: ignore[reportAttributeAccessIssue]
    return plugin


def main(project: str, command: str) -> None:
    """Runs the command."""
    engine = Engine(
        files=SandboxFiles(Path(project)), stack="prod", program=KeysProgram(), plugins=keys_plugins(Clock())
    )
    getattr(Sandbox(engine=engine, console=Console(soft_wrap=True), environ=dict(os.environ)), command)()


if __name__ == "__main__":
    main(*sys.argv[1:])
