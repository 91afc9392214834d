"""Private keys: made, read, and in every form that the `tls` provider gives."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sandbox.plugin import Props, ProviderError, Secret
from sandbox.tls_inputs import PrivateKeyInputs

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Digest = hashes.SHA256 | hashes.SHA384 | hashes.SHA512

_CURVES: Final[Mapping[str, ec.EllipticCurve]] = {
    "P224": ec.SECP224R1(),
    "P256": ec.SECP256R1(),
    "P384": ec.SECP384R1(),
    "P521": ec.SECP521R1(),
}
_DIGESTS: Final[Mapping[int, Digest]] = {384: hashes.SHA384(), 521: hashes.SHA512()}
"""Bits of a curve -> what its signatures digest with, where that is not SHA-256; as Go's crypto/x509 chooses."""


def private_key(inputs: PrivateKeyInputs, _now: datetime) -> tuple[str, Props]:
    """A new key, in every form that the real provider gives; P224 has none of OpenSSH."""
    key = _generated(inputs)
    public = key.public_key()
    traditional = (
        PrivateFormat.PKCS8 if isinstance(key, ed25519.Ed25519PrivateKey) else PrivateFormat.TraditionalOpenSSL
    )
    openssh = not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1))
    line = text(public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)) if openssh else ""
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha1(der, usedforsecurity=False).hexdigest(), {
        "privateKeyPem": Secret(_pem(key, traditional)),
        "privateKeyPemPkcs8": Secret(_pem(key, PrivateFormat.PKCS8)),
        "privateKeyOpenssh": Secret(_pem(key, PrivateFormat.OpenSSH)) if openssh else "",
        "publicKeyPem": text(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)),
        "publicKeyOpenssh": f"{line}\n" if openssh else "",
        **_fingerprints(line),
    }


def _generated(inputs: PrivateKeyInputs) -> Key:
    match inputs.algorithm:
        case "RSA":
            return rsa.generate_private_key(public_exponent=65537, key_size=inputs.rsa_bits)
        case "ECDSA":
            return ec.generate_private_key(_CURVES[inputs.ecdsa_curve])
        case "ED25519":
            return ed25519.Ed25519PrivateKey.generate()


def algorithm(key: Key) -> str:
    """The key's kind, as `PrivateKey` calls it."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def digest(key: Key) -> Digest | None:
    """What the key's signatures digest with."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    return (
        _DIGESTS.get(key.key_size, hashes.SHA256()) if isinstance(key, ec.EllipticCurvePrivateKey) else hashes.SHA256()
    )


def read_key(pem: str, name: str) -> Key:
    """The key of a PEM, which is the input `name`; no error tells anything of it."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise ProviderError(f"{name} is no private key in PEM without a password") from None
    if not isinstance(key, Key):
        raise ProviderError(f"{name} is a key of a kind that is not supported; allowed: RSA, ECDSA, ED25519")
    return key


def _fingerprints(line: str) -> Props:
    """Of the key as OpenSSH writes it on one line; empty where it cannot."""
    if not line:
        return {"publicKeyFingerprintMd5": "", "publicKeyFingerprintSha256": ""}
    blob = base64.b64decode(line.split()[1])
    sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return {
        "publicKeyFingerprintMd5": hashlib.md5(blob, usedforsecurity=False).digest().hex(":"),
        "publicKeyFingerprintSha256": f"SHA256:{sha256}",
    }


def _pem(key: Key, form: PrivateFormat) -> str:
    return text(key.private_bytes(Encoding.PEM, form, NoEncryption()))


def text(encoded: bytes) -> str:
    """A PEM or a line, which are ASCII."""
    return encoded.decode("ascii")
