"""The sandbox's `tls` provider: keys, requests and certificates that are real, made by `cryptography`.

Source: terraform-provider-tls. What is known to differ: an authority that is none is refused, where the real provider
only warns; the write-only inputs (`privateKeyPemWo`) are not known.
"""

# cryptography takes a while to import: where nothing is made, it is not.

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sandbox.plugin import Props
from sandbox.state_provider import StateProvider, StateType
from sandbox.tls_inputs import CertRequestInputs, LocallySignedCertInputs, PrivateKeyInputs, SelfSignedCertInputs

READY_FOR_RENEWAL: Final = "readyForRenewal"
_CERTIFICATE: Final = ("certPem", READY_FOR_RENEWAL, "validityStartTime", "validityEndTime")


def _private_key(inputs: PrivateKeyInputs, now: datetime) -> tuple[str, Props]:
    from sandbox import tls_keys

    return tls_keys.private_key(inputs, now)


def _cert_request(inputs: CertRequestInputs, now: datetime) -> tuple[str, Props]:
    from sandbox import tls_certificates

    return tls_certificates.cert_request(inputs, now)


def _self_signed_cert(inputs: SelfSignedCertInputs, now: datetime) -> tuple[str, Props]:
    from sandbox import tls_certificates

    return tls_certificates.self_signed_cert(inputs, now)


def _locally_signed_cert(inputs: LocallySignedCertInputs, now: datetime) -> tuple[str, Props]:
    from sandbox import tls_certificates

    return tls_certificates.locally_signed_cert(inputs, now)


def _due(state: Props, now: datetime) -> Collection[str]:
    """A certificate is due from `earlyRenewalHours` before its end."""
    end, early = state.get("validityEndTime"), state.get("earlyRenewalHours")
    if not isinstance(end, str) or not isinstance(early, int):
        return ()
    return (READY_FOR_RENEWAL,) if now >= datetime.fromisoformat(end) - timedelta(hours=early) else ()


class TlsProvider(StateProvider):
    """Keys, requests, and certificates."""

    package: ClassVar[str] = "tls"
    version: ClassVar[str] = "5.6.2"
    settings = ("proxy",)
    types = (
        StateType(
            token="tls:index/privateKey:PrivateKey",  # noqa: S106 (a type's token)
            inputs=PrivateKeyInputs,
            make=_private_key,
            computed=(
                *("privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh", "publicKeyPem", "publicKeyOpenssh"),
                *("publicKeyFingerprintMd5", "publicKeyFingerprintSha256"),
            ),
        ),
        StateType(
            token="tls:index/certRequest:CertRequest",  # noqa: S106
            inputs=CertRequestInputs,
            make=_cert_request,
            computed=("certRequestPem", "keyAlgorithm"),
        ),
        StateType(
            token="tls:index/selfSignedCert:SelfSignedCert",  # noqa: S106
            inputs=SelfSignedCertInputs,
            make=_self_signed_cert,
            computed=(*_CERTIFICATE, "keyAlgorithm"),
            updatable=("earlyRenewalHours",),
            due=_due,
        ),
        StateType(
            token="tls:index/locallySignedCert:LocallySignedCert",  # noqa: S106
            inputs=LocallySignedCertInputs,
            make=_locally_signed_cert,
            computed=(*_CERTIFICATE, "caKeyAlgorithm"),
            updatable=("earlyRenewalHours",),
            due=_due,
        ),
    )
