"""What the types of the `tls` provider take, by the names of its wire, with the defaults of the real one."""

import ipaddress
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from sandbox.state_provider import Inputs, refusal

Algorithm = Literal["RSA", "ECDSA", "ED25519"]
Curve = Literal["P224", "P256", "P384", "P521"]
KeyUsage = Literal[
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "cert_signing",
    "crl_signing",
    "encipher_only",
    "decipher_only",
]
ExtendedUsage = Literal[
    "any_extended",
    "server_auth",
    "client_auth",
    "code_signing",
    "email_protection",
    "ipsec_end_system",
    "ipsec_tunnel",
    "ipsec_user",
    "timestamping",
    "ocsp_signing",
    "microsoft_server_gated_crypto",
    "netscape_server_gated_crypto",
    "microsoft_commercial_code_signing",
    "microsoft_kernel_code_signing",
]
KEY_USAGES: Final = frozenset(get_args(KeyUsage))

LONGEST_HOURS: Final = 2_562_047
"""What a duration of Go can hold, in which the real provider computes."""


def _address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ValueError(f"{text!r} is no IP address; write one, as in 127.0.0.1 or ::1") from None
    return text


def _ascii(text: str) -> str:
    if not text.isascii():
        raise ValueError(f"{text!r} is not ASCII; write international names in their encoded form (xn--...)")
    return text


Pem = Annotated[str, Field(min_length=1)]
NamePart = Annotated[str, Field(min_length=1)]
Ascii = Annotated[str, Field(min_length=1), AfterValidator(_ascii)]
Address = Annotated[str, AfterValidator(_address)]
Hours = Annotated[int, Field(ge=0, le=LONGEST_HOURS)]


class SubjectInputs(Inputs):
    """The distinguished name of who the certificate is for."""

    common_name: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    organization: NamePart | None = None
    organizational_unit: NamePart | None = None
    street_addresses: list[NamePart] | None = None
    locality: NamePart | None = None
    province: NamePart | None = None
    country: Annotated[str, Field(min_length=2, max_length=2)] | None = None
    postal_code: NamePart | None = None
    serial_number: NamePart | None = None
    email_address: Ascii | None = None


class PrivateKeyInputs(Inputs):
    """Which key; the curve matters for ECDSA alone, the bits for RSA alone."""

    algorithm: Algorithm
    ecdsa_curve: Curve = "P224"
    rsa_bits: int = Field(default=2048, ge=1024, le=16384)


class NamedInputs(Inputs):
    """Who a certificate or a request is for, and the key that it is of."""

    private_key_pem: Pem
    subject: SubjectInputs | None = None
    dns_names: list[Ascii] | None = None
    ip_addresses: list[Address] | None = None
    uris: list[Ascii] | None = None


class CertRequestInputs(NamedInputs):
    """A request that an authority is to sign."""


class CertificateInputs(Inputs):
    """What a certificate may be used for, and for how long."""

    allowed_uses: list[KeyUsage | ExtendedUsage]
    validity_period_hours: Hours
    early_renewal_hours: Hours = 0
    is_ca_certificate: bool = False
    max_path_length: int = Field(default=-1, ge=-1)
    """Authorities below this one; -1: as many as there are."""
    set_subject_key_id: bool = False


class SelfSignedCertInputs(NamedInputs, CertificateInputs):
    """A certificate that its own key signs: an authority's, most often."""

    set_authority_key_id: bool = False

    @model_validator(mode="after")
    def _authority_is_named(self) -> Self:
        named = self.subject is not None and bool(self.subject.model_fields_set)
        if self.is_ca_certificate and not named:
            raise refusal("subject", "an authority (isCaCertificate) needs at least one name, such as commonName")
        return self

    @model_validator(mode="after")
    def _authority_key_is_known(self) -> Self:
        if self.set_authority_key_id and not (self.set_subject_key_id or self.is_ca_certificate):
            reason = "it needs setSubjectKeyId or isCaCertificate: without, the certificate has no key id to name"
            raise refusal("setAuthorityKeyId", reason)
        return self


class LocallySignedCertInputs(CertificateInputs):
    """A request, and the authority that signs it."""

    cert_request_pem: Pem
    ca_cert_pem: Pem
    ca_private_key_pem: Pem
