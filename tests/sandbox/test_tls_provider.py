"""The sandbox's keys and certificates: real ones, which cryptography's verifier, OpenSSL and OpenSSH take."""

import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pulumi_tls
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from graph import sdk
from sandbox.plugin import UNKNOWN, Difference, Props, ProviderError, Secret, Urn
from sandbox.tls_provider import TlsProvider

NOW = datetime(2026, 5, 1, 12, 30, 15, 250_000, tzinfo=UTC)
PROVIDER = TlsProvider(now=lambda: NOW)
WRITE_ONLY = {"privateKeyPemWo", "privateKeyPemWoVersion", "caPrivateKeyPemWo", "caPrivateKeyPemWoVersion"}
SUBJECT = {"commonName": "stack authority", "organization": "infra", "country": "DE", "streetAddresses": ["a", "b"]}
SERVER = ["digital_signature", "key_encipherment", "server_auth", "client_auth"]


def token(kind: str) -> str:
    return f"tls:index/{kind[0].lower()}{kind[1:]}:{kind}"


def urn(kind: str) -> Urn:
    return Urn(text=f"urn:pulumi:test::infra::{token(kind)}::one")


def failures(kind: str, **inputs: Any) -> str:
    return "\n".join(f"{item.property}: {item.reason}" for item in PROVIDER.check(urn(kind), {}, inputs, b"").failures)


def made(kind: str, **inputs: Any) -> Props:
    """The outputs of a new resource, its id among them."""
    assert failures(kind, **inputs) == ""
    identifier, outputs = PROVIDER.create(urn(kind), inputs, False)
    return {"id": identifier, **outputs}


def key(**inputs: Any) -> Props:
    return made("PrivateKey", **{"algorithm": "ECDSA", "ecdsaCurve": "P256", **inputs})


def authority(private: Props, **inputs: Any) -> Props:
    uses = ["cert_signing", "crl_signing"]
    common: Props = {"subject": SUBJECT, "allowedUses": uses, "validityPeriodHours": 87600, "isCaCertificate": True}
    return made("SelfSignedCert", privateKeyPem=private["privateKeyPem"], **{**common, **inputs})


def request(private: Props, **inputs: Any) -> Props:
    names = {
        "dnsNames": ["kibana", "localhost"],
        "ipAddresses": ["127.0.0.1", "::1"],
        "uris": ["spiffe://infra/kibana"],
    }
    return made("CertRequest", privateKeyPem=private["privateKeyPem"], **{**names, **inputs})


def signing(ca_key: Props, ca: Props, asked: Props, **inputs: Any) -> Props:
    """The inputs of a certificate of the authority."""
    return {
        "certRequestPem": asked["certRequestPem"],
        "caCertPem": ca["certPem"],
        "caPrivateKeyPem": ca_key["privateKeyPem"],
        "validityPeriodHours": 48,
        "allowedUses": SERVER,
        **inputs,
    }


def certificate(outputs: Props) -> x509.Certificate:
    return x509.load_pem_x509_certificate(outputs["certPem"].encode())


def chains(ca: Props, leaf: Props, name: str = "kibana", at: datetime = NOW) -> None:
    """Raises VerificationError when cryptography does not take the certificate as the server's of that name."""
    subject = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    policy = PolicyBuilder().store(Store([certificate(ca)])).time(at.replace(tzinfo=None))
    policy.build_server_verifier(subject).verify(certificate(leaf), [])


@pytest.mark.parametrize("kind", ["PrivateKey", "CertRequest", "SelfSignedCert", "LocallySignedCert"])
def test_the_inputs_and_outputs_are_those_of_the_real_types_but_the_write_only_ones(kind: str) -> None:
    row = next(item for item in PROVIDER.types if item.token == token(kind))
    names = {str(field.alias) for field in row.inputs.model_fields.values()} | set(row.computed)
    assert names == set(sdk.wire_names(token(kind)).values()) - WRITE_ONLY
    assert PROVIDER.version == pulumi_tls.__dict__["_utilities"].get_version()


@pytest.mark.parametrize(
    ("inputs", "kind", "bits"),
    [
        ({"algorithm": "ECDSA", "ecdsaCurve": "P256"}, ec.EllipticCurvePrivateKey, 256),
        ({"algorithm": "ECDSA", "ecdsaCurve": "P384"}, ec.EllipticCurvePrivateKey, 384),
        ({"algorithm": "ECDSA", "ecdsaCurve": "P521"}, ec.EllipticCurvePrivateKey, 521),
        ({"algorithm": "RSA"}, rsa.RSAPrivateKey, 2048),
        ({"algorithm": "RSA", "rsaBits": 3072}, rsa.RSAPrivateKey, 3072),
        ({"algorithm": "ED25519"}, ed25519.Ed25519PrivateKey, None),
    ],
)
def test_every_form_of_a_key_is_the_same_key(inputs: Props, kind: type, bits: int | None) -> None:
    found = made("PrivateKey", **inputs)
    private = [
        load_pem_private_key(found["privateKeyPem"].encode(), None),
        load_pem_private_key(found["privateKeyPemPkcs8"].encode(), None),
        load_ssh_private_key(found["privateKeyOpenssh"].encode(), None),
    ]
    public = [
        load_pem_public_key(found["publicKeyPem"].encode()),
        load_ssh_public_key(found["publicKeyOpenssh"].encode()),
    ]
    forms = {
        item.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for item in [*(item.public_key() for item in private), *public]
    }
    assert len(forms) == 1
    assert isinstance(private[0], kind)
    assert getattr(private[0], "key_size", None) == bits
    assert found["privateKeyPemPkcs8"].startswith("-----BEGIN PRIVATE KEY-----")
    assert {name for name, value in found.items() if isinstance(value, Secret)} == {
        "privateKeyPem",
        "privateKeyPemPkcs8",
        "privateKeyOpenssh",
    }


def test_a_key_of_the_default_curve_has_no_form_of_openssh_as_with_the_real_provider() -> None:
    found = made("PrivateKey", algorithm="ECDSA")
    assert found["ecdsaCurve"] == "P224"
    assert {name for name, value in found.items() if value == ""} == {
        "privateKeyOpenssh",
        "publicKeyOpenssh",
        "publicKeyFingerprintMd5",
        "publicKeyFingerprintSha256",
    }


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
def test_the_fingerprints_are_those_of_openssh(tmp_path: Path) -> None:
    found = key()
    (tmp_path / "key.pub").write_text(found["publicKeyOpenssh"])
    for digest, name in (("md5", "publicKeyFingerprintMd5"), ("sha256", "publicKeyFingerprintSha256")):
        command = ["ssh-keygen", "-l", "-E", digest, "-f", str(tmp_path / "key.pub")]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[1]
        assert told.removeprefix("MD5:") == found[name]


@pytest.mark.parametrize(
    ("ca_inputs", "leaf_inputs"),
    [
        ({}, {}),
        ({"ecdsaCurve": "P384"}, {"algorithm": "RSA"}),
        ({"ecdsaCurve": "P521"}, {"ecdsaCurve": "P521"}),
        ({"algorithm": "RSA"}, {"ecdsaCurve": "P384"}),
        ({"algorithm": "ED25519"}, {"algorithm": "ED25519"}),
    ],
)
def test_a_certificate_chains_to_its_authority(ca_inputs: Props, leaf_inputs: Props, tmp_path: Path) -> None:
    ca_key = key(**ca_inputs)
    ca = authority(ca_key)
    leaf_key = key(**leaf_inputs)
    leaf = made("LocallySignedCert", **signing(ca_key, ca, request(leaf_key)))
    assert leaf["caKeyAlgorithm"] == ca["keyAlgorithm"] == ca_key["algorithm"]
    certificate(leaf).verify_directly_issued_by(certificate(ca))
    assert certificate(leaf).public_key() == load_pem_public_key(leaf_key["publicKeyPem"].encode())
    openssl_takes(tmp_path, ca, leaf)


def openssl_takes(folder: Path, ca: Props, leaf: Props) -> None:
    if shutil.which("openssl") is None:
        return
    (folder / "ca.pem").write_text(ca["certPem"])
    (folder / "leaf.pem").write_text(leaf["certPem"])
    options = [
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-verify_hostname",
        "kibana",
        "-attime",
        str(int(NOW.timestamp())),
    ]
    command = ["openssl", "verify", *options, "-CAfile", str(folder / "ca.pem"), str(folder / "leaf.pem")]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_verifier_takes_it_for_its_names_while_it_is_valid_and_for_nothing_else() -> None:
    ca_key, other_key = key(), key()
    ca = authority(ca_key)
    leaf = made("LocallySignedCert", **signing(ca_key, ca, request(key())))
    for name in ("kibana", "localhost", "127.0.0.1"):
        chains(ca, leaf, name)
    for attempt in (
        lambda: chains(ca, leaf, "grafana"),
        lambda: chains(authority(other_key), leaf),
        lambda: chains(ca, leaf, at=NOW + timedelta(hours=49)),
        lambda: chains(ca, leaf, at=NOW - timedelta(minutes=1)),
    ):
        with pytest.raises(VerificationError):
            attempt()


def test_what_was_asked_for_is_in_the_certificate_as_go_writes_it() -> None:
    ca_key = key()
    ca = authority(ca_key, maxPathLength=0, setAuthorityKeyId=True)
    leaf = made("LocallySignedCert", **signing(ca_key, ca, request(key(), subject={"commonName": "kibana"})))
    top, found = certificate(ca), certificate(leaf)
    assert top.subject == top.issuer == found.issuer
    assert top.subject.rfc4514_string() == "CN=stack authority,STREET=b,STREET=a,O=infra,C=DE"
    assert found.subject.rfc4514_string() == "CN=kibana"
    basic = top.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = found.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.key_encipherment
    assert not usage.value.key_cert_sign
    extended = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(extended) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["kibana", "localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("127.0.0.1"), ip_address("::1")]
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://infra/kibana"]
    own = top.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    for holder in (top, found):
        assert holder.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == own
    assert leaf["id"] == str(found.serial_number)
    assert found.not_valid_before_utc.isoformat() == "2026-05-01T12:30:15+00:00"
    assert (leaf["validityStartTime"], leaf["validityEndTime"]) == ("2026-05-01T12:30:15Z", "2026-05-03T12:30:15Z")
    assert leaf["readyForRenewal"] is False


def test_a_leaf_has_a_key_id_only_when_that_is_asked_for() -> None:
    ca_key = key()
    ca, asked = authority(ca_key), request(key())
    plain = certificate(made("LocallySignedCert", **signing(ca_key, ca, asked)))
    told = certificate(made("LocallySignedCert", **signing(ca_key, ca, asked, setSubjectKeyId=True)))
    with pytest.raises(x509.ExtensionNotFound):
        plain.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert told.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)


def test_no_two_certificates_have_one_serial_number() -> None:
    ca_key = key()
    ca, asked = authority(ca_key), request(key())
    assert len({made("LocallySignedCert", **signing(ca_key, ca, asked))["id"] for _ in range(20)}) == 20


def diff(kind: str, inputs: Props, new: Props, at: datetime = NOW) -> Difference:
    """What the provider sees at a time in a resource that was made now."""
    identifier, outputs = PROVIDER.create(urn(kind), inputs, False)
    return TlsProvider(now=lambda: at).diff(urn(kind), identifier, inputs, outputs, new)


def leaf_inputs(**changes: Any) -> Props:
    ca_key = key()
    return signing(ca_key, authority(ca_key), request(key()), earlyRenewalHours=12, **changes)


@pytest.mark.parametrize(("hours", "due"), [(0, False), (35, False), (36, True), (48, True), (4800, True)])
def test_a_certificate_is_made_anew_from_its_early_renewal_on(hours: int, due: bool) -> None:
    inputs = leaf_inputs()
    found = diff("LocallySignedCert", inputs, inputs, NOW + timedelta(hours=hours))
    assert found.replaces == ({"readyForRenewal"} if due else set())
    assert not found.updates


def test_a_refresh_marks_what_is_due_and_keeps_the_rest() -> None:
    inputs, at = leaf_inputs(), NOW + timedelta(hours=40)
    identifier, outputs = PROVIDER.create(urn("LocallySignedCert"), inputs, False)
    assert PROVIDER.read(urn("LocallySignedCert"), identifier, inputs, outputs).outputs == outputs
    read = TlsProvider(now=lambda: at).read(urn("LocallySignedCert"), identifier, inputs, outputs)
    assert (read.id, read.inputs) == (identifier, inputs)
    assert read.outputs == {**outputs, "readyForRenewal": True}


def test_a_longer_early_renewal_counts_at_once_and_a_shorter_one_is_an_update_in_place() -> None:
    inputs, at = leaf_inputs(), NOW + timedelta(hours=30)
    longer = diff("LocallySignedCert", inputs, {**inputs, "earlyRenewalHours": 20}, at)
    assert longer.replaces == {"readyForRenewal"}
    shorter = diff("LocallySignedCert", inputs, {**inputs, "earlyRenewalHours": 1}, at)
    assert (shorter.replaces, shorter.updates) == (frozenset(), {"earlyRenewalHours"})
    identifier, outputs = PROVIDER.create(urn("LocallySignedCert"), inputs, False)
    new = {**inputs, "earlyRenewalHours": 1}
    updated = PROVIDER.update(urn("LocallySignedCert"), identifier, inputs, outputs, new, False)
    assert updated == {**outputs, "earlyRenewalHours": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"allowedUses": ["server_auth"]},
        {"validityPeriodHours": 49},
        {"isCaCertificate": True},
        {"setSubjectKeyId": True},
        {"maxPathLength": 3},
        {"certRequestPem": UNKNOWN},
        {"caCertPem": "another"},
        {"caPrivateKeyPem": "another"},
    ],
)
def test_every_other_change_makes_a_new_certificate(change: Props) -> None:
    inputs = leaf_inputs()
    assert diff("LocallySignedCert", inputs, {**inputs, **change}).replaces == set(change)


def test_a_default_in_words_changes_nothing() -> None:
    inputs = leaf_inputs()
    said = {**inputs, "isCaCertificate": False, "setSubjectKeyId": False, "maxPathLength": -1}
    assert diff("LocallySignedCert", inputs, said) == Difference()
    assert diff("PrivateKey", {"algorithm": "ED25519"}, {"algorithm": "ED25519", "rsaBits": 2048}) == Difference()
    assert diff("PrivateKey", {"algorithm": "ED25519"}, {"algorithm": "RSA"}).replaces == {"algorithm"}


def test_a_preview_tells_what_is_unknown_and_makes_nothing() -> None:
    inputs = leaf_inputs(certRequestPem=UNKNOWN)
    _, planned = PROVIDER.create(urn("LocallySignedCert"), inputs, True)
    unknown = {name for name, value in planned.items() if value is UNKNOWN}
    assert unknown == {
        "certRequestPem",
        "certPem",
        "validityStartTime",
        "validityEndTime",
        "readyForRenewal",
        "caKeyAlgorithm",
    }


@pytest.mark.parametrize(
    ("kind", "inputs", "words"),
    [
        ("PrivateKey", {}, "algorithm: tls:index/privateKey:PrivateKey needs 'algorithm'"),
        ("PrivateKey", {"algorithm": "DSA"}, "algorithm: 'DSA' is not allowed; allowed: 'RSA', 'ECDSA' or 'ED25519'"),
        ("PrivateKey", {"algorithm": "ECDSA", "ecdsaCurve": "P257"}, "ecdsaCurve: 'P257' is not allowed"),
        ("PrivateKey", {"algorithm": "RSA", "rsaBits": 512}, "rsaBits: 512 is not allowed; allowed: 1024 or more"),
        (
            "PrivateKey",
            {"algorithm": "RSA", "bits": 512},
            "bits: the sandbox's tls:index/privateKey:PrivateKey knows no",
        ),
        ("CertRequest", {"privateKeyPem": "x", "ipAddresses": ["1.2.3"]}, "ipAddresses: '1.2.3' is no IP address"),
        ("CertRequest", {"privateKeyPem": "x", "dnsNames": ["käse"]}, "dnsNames: 'käse' is not ASCII"),
        (
            "CertRequest",
            {"privateKeyPem": "x", "subject": {"name": "x"}},
            "subject: the sandbox's tls:index/certRequest",
        ),
        ("CertRequest", {"privateKeyPem": "x", "subject": {"country": "DEU"}}, "subject: 'DEU' is not allowed"),
        ("CertRequest", {"privateKeyPemWo": "x"}, "privateKeyPem: tls:index/certRequest:CertRequest needs"),
        (
            "SelfSignedCert",
            {"privateKeyPem": "x", "allowedUses": ["everything"], "validityPeriodHours": 1},
            "allowedUses: 'everything' is not allowed",
        ),
        (
            "SelfSignedCert",
            {"privateKeyPem": "x", "allowedUses": [], "validityPeriodHours": -1},
            "validityPeriodHours: -1 is not allowed; allowed: 0 or more",
        ),
        (
            "SelfSignedCert",
            {"privateKeyPem": "x", "allowedUses": [], "validityPeriodHours": 1, "isCaCertificate": True},
            "subject: an authority (isCaCertificate) needs at least one name",
        ),
        (
            "SelfSignedCert",
            {"privateKeyPem": "x", "allowedUses": [], "validityPeriodHours": 1, "setAuthorityKeyId": True},
            "setAuthorityKeyId: it needs setSubjectKeyId",
        ),
    ],
)
def test_inputs_that_make_nothing_are_refused_with_what_is_allowed(kind: str, inputs: Props, words: str) -> None:
    assert any(line.startswith(words) for line in failures(kind, **inputs).splitlines()), failures(kind, **inputs)


def refused(kind: str, **inputs: Any) -> str:
    assert failures(kind, **inputs) == ""
    with pytest.raises(ProviderError) as error:
        PROVIDER.create(urn(kind), inputs, False)
    return str(error.value)


def test_what_only_the_values_tell_is_refused_without_a_word_of_a_key() -> None:
    ca_key, asked = key(), request(key())
    good = signing(ca_key, authority(ca_key), asked)
    no_authority = authority(ca_key, isCaCertificate=False)
    other = key()["privateKeyPem"]
    told = [
        refused("CertRequest", privateKeyPem="hunter2"),
        refused("LocallySignedCert", **{**good, "caPrivateKeyPem": "hunter2"}),
        refused("LocallySignedCert", **{**good, "caPrivateKeyPem": other}),
        refused("LocallySignedCert", **{**good, "caCertPem": no_authority["certPem"]}),
        refused("LocallySignedCert", **{**good, "caCertPem": "hunter2"}),
        refused("LocallySignedCert", **{**good, "certRequestPem": "hunter2"}),
    ]
    expected: Sequence[str] = [
        "privateKeyPem is no private key in PEM",
        "caPrivateKeyPem is no private key in PEM",
        "caPrivateKeyPem is not the key of caCertPem",
        "caCertPem is no authority's certificate",
        "caCertPem is no certificate in PEM",
        "certRequestPem is no certificate request in PEM",
    ]
    for text, words in zip(told, expected, strict=True):
        assert words in text
        assert "'one'" in text
        assert "hunter2" not in text


def test_a_cut_creation_is_made_anew_and_other_types_are_refused_by_name() -> None:
    with pytest.raises(ProviderError, match="made anew"):
        PROVIDER.resume(urn("LocallySignedCert"), {"caPrivateKeyPem": "[secret]"})
    with pytest.raises(ProviderError, match=r"no tls type 'tls:index/x:X'.*LocallySignedCert"):
        PROVIDER.check(Urn(text="urn:pulumi:test::infra::tls:index/x:X::one"), {}, {}, b"")
    with pytest.raises(ProviderError, match="no function tls:index/getPublicKey:getPublicKey"):
        PROVIDER.invoke("tls:index/getPublicKey:getPublicKey", {})
    assert PROVIDER.configure({"proxy": "{}", "version": "5.6.2"}) is PROVIDER
