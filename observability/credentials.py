"""The stack's passwords, its certificate authority, and the certificates that it signs: made by the graph itself.

They are in the stack's state alone, as secrets. A certificate is made anew by the first `up` within its last sixty
days; its containers are then replaced. A password is made anew when its resource is: `pulumi up --replace URN`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_random as random
import pulumi_tls as tls

from observability import files
from observability.elasticsearch import service as elasticsearch
from observability.fluent_bit import configuration as fluent_bit
from observability.fluent_bit.service import VARIABLES
from observability.logstash.service import SHIPPER_PASSWORD
from observability.prometheus.web import web_config

_PASSWORD_CHARACTERS: Final = 32
_AUTHORITY_HOURS: Final = 10 * 365 * 24
_CERTIFICATE_HOURS: Final = 365 * 24
_RENEWAL_HOURS: Final = 60 * 24


@dataclass(frozen=True, kw_only=True)
class CredentialsArgs:
    """Inputs of `Credentials`: names of the secrets that engines mount, and engine -> names on its certificate."""

    secrets: Iterable[str]
    certificates: Mapping[str, Sequence[str]]


class Credentials(pulumi.ComponentResource):
    """Secrets by name: passwords of letters and digits, what is derived of them, and certificates in PEM."""

    values: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:observability:Credentials", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._passwords: dict[str, random.RandomPassword] = {}
        authority = _Authority(self._child)
        derived: Mapping[str, Callable[[], pulumi.Output[str]]] = {
            files.AUTHORITY: lambda: authority.certificate.cert_pem,
            files.WEB_CONFIG: lambda: self._password(files.METRICS_PASSWORD).bcrypt_hash.apply(web_config),
            elasticsearch.USERS: lambda: self._password(elasticsearch.BOOTSTRAP_PASSWORD).bcrypt_hash.apply(
                elasticsearch.users
            ),
            VARIABLES: lambda: self._password(SHIPPER_PASSWORD).result.apply(fluent_bit.variables),
        }
        values = {
            secret: derived[secret]() if secret in derived else self._password(secret).result
            for secret in sorted(set(args.secrets))
        }
        for engine, host_names in sorted(args.certificates.items()):
            key, certificate = authority.signed(engine, host_names)
            values[f"{engine}-{files.CERTIFICATE}"] = certificate.cert_pem
            values[f"{engine}-{files.CERTIFICATE_KEY}"] = key.private_key_pem_pkcs8
        self.values = {secret: pulumi.Output.secret(value) for secret, value in values.items()}
        self.register_outputs({})

    def _password(self, secret: str) -> random.RandomPassword:
        """One password a secret, however many are derived of it."""
        if secret not in self._passwords:
            self._passwords[secret] = random.RandomPassword(
                secret, length=_PASSWORD_CHARACTERS, special=False, opts=self._child
            )
        return self._passwords[secret]


class _Authority:
    """A certificate authority of the stack's own: its key leaves the state for nothing but signing."""

    def __init__(self, opts: pulumi.ResourceOptions) -> None:
        self._opts = opts
        self._key = _key(files.AUTHORITY, opts)
        self.certificate = tls.SelfSignedCert(
            files.AUTHORITY,
            private_key_pem=self._key.private_key_pem,
            subject=tls.SelfSignedCertSubjectArgs(common_name=f"{pulumi.get_project()} {pulumi.get_stack()}"),
            is_ca_certificate=True,
            set_subject_key_id=True,
            validity_period_hours=_AUTHORITY_HOURS,
            early_renewal_hours=_CERTIFICATE_HOURS,
            allowed_uses=["cert_signing", "crl_signing"],
            opts=opts,
        )

    def signed(self, engine: str, host_names: Sequence[str]) -> tuple[tls.PrivateKey, tls.LocallySignedCert]:
        """A key, and a certificate for it under these names and on loopback."""
        key = _key(engine, self._opts)
        request = tls.CertRequest(
            engine,
            private_key_pem=key.private_key_pem,
            subject=tls.CertRequestSubjectArgs(common_name=engine),
            dns_names=[*host_names, "localhost"],
            ip_addresses=["127.0.0.1"],
            opts=self._opts,
        )
        certificate = tls.LocallySignedCert(
            engine,
            cert_request_pem=request.cert_request_pem,
            ca_cert_pem=self.certificate.cert_pem,
            ca_private_key_pem=self._key.private_key_pem,
            validity_period_hours=_CERTIFICATE_HOURS,
            early_renewal_hours=_RENEWAL_HOURS,
            # Elasticsearch's nodes are each other's clients.
            allowed_uses=["digital_signature", "key_encipherment", "server_auth", "client_auth"],
            opts=self._opts,
        )
        return key, certificate


def _key(name: str, opts: pulumi.ResourceOptions) -> tls.PrivateKey:
    return tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=opts)
