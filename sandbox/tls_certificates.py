"""Requests and certificates, made by `cryptography` from inputs that are checked."""

import hashlib
import ipaddress
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from sandbox.plugin import Props, ProviderError
from sandbox.tls_inputs import (
    KEY_USAGES,
    CertificateInputs,
    CertRequestInputs,
    LocallySignedCertInputs,
    NamedInputs,
    SelfSignedCertInputs,
    SubjectInputs,
)
from sandbox.tls_keys import Key, algorithm, digest, read_key, text

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
Extension = TypeVar("Extension", bound=x509.ExtensionType)

_USAGES: Final[Mapping[str, ObjectIdentifier]] = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ipsec_end_system": ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec_tunnel": ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec_user": ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "microsoft_server_gated_crypto": ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape_server_gated_crypto": ObjectIdentifier("2.16.840.1.113730.4.1"),
    "microsoft_commercial_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.2.1.22"),
    "microsoft_kernel_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.61.1.1"),
}
_NAME_PARTS: Final[Mapping[str, ObjectIdentifier]] = {
    "country": NameOID.COUNTRY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizational_unit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "street_addresses": NameOID.STREET_ADDRESS,
    "postal_code": NameOID.POSTAL_CODE,
    "common_name": NameOID.COMMON_NAME,
    "serial_number": NameOID.SERIAL_NUMBER,
    "email_address": NameOID.EMAIL_ADDRESS,
}
"""Part of a subject -> its attribute, in the order in which Go writes them."""


def cert_request(inputs: CertRequestInputs, _now: datetime) -> tuple[str, Props]:
    """A request for a certificate, signed by the key that the certificate is to be of."""
    key = read_key(inputs.private_key_pem, "privateKeyPem")
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(inputs.subject))
    if names := _alternative_names(inputs):
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=inputs.subject is None)
    request = builder.sign(key, digest(key))
    der = request.public_bytes(Encoding.DER)
    return hashlib.sha1(der, usedforsecurity=False).hexdigest(), {
        "certRequestPem": text(request.public_bytes(Encoding.PEM)),
        "keyAlgorithm": algorithm(key),
    }


def self_signed_cert(inputs: SelfSignedCertInputs, now: datetime) -> tuple[str, Props]:
    """A certificate that its own key signs."""
    key = read_key(inputs.private_key_pem, "privateKeyPem")
    name = _name(inputs.subject)
    owner = _Owner(name=name, key=key.public_key(), alternative_names=_alternative_names(inputs))
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key()) if inputs.set_authority_key_id else None
    made = _signed(inputs, owner, _Issuer(name=name, key=key, key_id=key_id), now)
    return made[0], {**made[1], "keyAlgorithm": algorithm(key)}


def locally_signed_cert(inputs: LocallySignedCertInputs, now: datetime) -> tuple[str, Props]:
    """The certificate that was requested, signed by the authority."""
    request = _request(inputs.cert_request_pem)
    authority, key = _authority(inputs)
    alternative_names = _extension(request, x509.SubjectAlternativeName)
    owner = _Owner(
        name=request.subject,
        key=_supported(request.public_key(), "certRequestPem"),
        alternative_names=list(alternative_names or ()),
    )
    key_id = _extension(authority, x509.SubjectKeyIdentifier)
    made = _signed(inputs, owner, _Issuer(name=authority.subject, key=key, key_id=key_id), now)
    return made[0], {**made[1], "caKeyAlgorithm": algorithm(key)}


@dataclass(frozen=True, kw_only=True)
class _Owner:
    """Who a certificate is for."""

    name: x509.Name
    key: PublicKey
    alternative_names: list[x509.GeneralName]


@dataclass(frozen=True, kw_only=True)
class _Issuer:
    """Who signs it. key_id: None where the certificate is not to tell."""

    name: x509.Name
    key: Key
    key_id: x509.SubjectKeyIdentifier | None


def _signed(inputs: CertificateInputs, owner: _Owner, issuer: _Issuer, now: datetime) -> tuple[str, Props]:
    start = now.astimezone(UTC).replace(microsecond=0)
    end = start + timedelta(hours=inputs.validity_period_hours)
    serial = secrets.randbits(127) + 1
    builder = (
        x509.CertificateBuilder()
        .subject_name(owner.name)
        .issuer_name(issuer.name)
        .public_key(owner.key)
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
    )
    for extension, critical in _extensions(inputs, owner, issuer):
        builder = builder.add_extension(extension, critical=critical)
    certificate = builder.sign(issuer.key, digest(issuer.key))
    return str(serial), {
        "certPem": text(certificate.public_bytes(Encoding.PEM)),
        "validityStartTime": _timestamp(start),
        "validityEndTime": _timestamp(end),
        "readyForRenewal": False,
    }


def _extensions(inputs: CertificateInputs, owner: _Owner, issuer: _Issuer) -> Iterator[tuple[x509.ExtensionType, bool]]:
    """Extensions, and whether each is critical, as Go's crypto/x509 writes them."""
    authority = inputs.is_ca_certificate
    length = inputs.max_path_length if authority and inputs.max_path_length >= 0 else None
    yield x509.BasicConstraints(ca=authority, path_length=length), True
    if usages := KEY_USAGES.intersection(inputs.allowed_uses):
        yield _key_usage(usages), True
    if extended := [_USAGES[usage] for usage in inputs.allowed_uses if usage in _USAGES]:
        yield x509.ExtendedKeyUsage(extended), False
    if authority or inputs.set_subject_key_id:
        yield x509.SubjectKeyIdentifier.from_public_key(owner.key), False
    if issuer.key_id is not None:
        yield x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer.key_id), False
    if owner.alternative_names:
        yield x509.SubjectAlternativeName(owner.alternative_names), not owner.name.rdns


def _key_usage(usages: frozenset[str]) -> x509.KeyUsage:
    agreement = "key_agreement" in usages
    return x509.KeyUsage(
        digital_signature="digital_signature" in usages,
        content_commitment="content_commitment" in usages,
        key_encipherment="key_encipherment" in usages,
        data_encipherment="data_encipherment" in usages,
        key_agreement=agreement,
        key_cert_sign="cert_signing" in usages,
        crl_sign="crl_signing" in usages,
        encipher_only=agreement and "encipher_only" in usages,
        decipher_only=agreement and "decipher_only" in usages,
    )


def _supported(key: object, name: str) -> PublicKey:
    if not isinstance(key, PublicKey):
        raise ProviderError(f"{name} is of a key of a kind that is not supported; allowed: RSA, ECDSA, ED25519")
    return key


def _request(pem: str) -> x509.CertificateSigningRequest:
    try:
        return x509.load_pem_x509_csr(pem.encode())
    except ValueError:
        raise ProviderError("certRequestPem is no certificate request in PEM") from None


def _authority(inputs: LocallySignedCertInputs) -> tuple[x509.Certificate, Key]:
    """The authority's certificate and its key, which belong together."""
    key = read_key(inputs.ca_private_key_pem, "caPrivateKeyPem")
    try:
        certificate = x509.load_pem_x509_certificate(inputs.ca_cert_pem.encode())
    except ValueError:
        raise ProviderError("caCertPem is no certificate in PEM") from None
    if certificate.public_key() != key.public_key():
        raise ProviderError("caPrivateKeyPem is not the key of caCertPem: give the two of one authority")
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise ProviderError("caCertPem is no authority's certificate: set its isCaCertificate")
    return certificate, key


def _extension(holder: x509.Certificate | x509.CertificateSigningRequest, kind: type[Extension]) -> Extension | None:
    try:
        return holder.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _name(subject: SubjectInputs | None) -> x509.Name:
    found: list[x509.NameAttribute[str]] = []
    for part, identifier in _NAME_PARTS.items() if subject is not None else ():
        value: str | list[str] | None = getattr(subject, part)
        texts = value if isinstance(value, list) else [] if value is None else [value]
        found += [x509.NameAttribute(identifier, part_text) for part_text in texts]
    return x509.Name(found)


def _alternative_names(inputs: NamedInputs) -> list[x509.GeneralName]:
    return [
        *(x509.DNSName(name) for name in inputs.dns_names or ()),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in inputs.ip_addresses or ()),
        *(x509.UniformResourceIdentifier(uri) for uri in inputs.uris or ()),
    ]


def _timestamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
