# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Signs harmless pictures as cameras and generators do, with certificates of our own."""

import datetime
import io

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MADE_BY_MACHINE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
CAPTURED = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


class Authority:
    """A root certificate, and a signer under it whose chain the verifier accepts."""

    def __init__(self, name: str):
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root_name = _name(f"{name} root")
        root = _certificate(root_name, root_name, root_key, root_key, is_authority=True)
        leaf = _certificate(_name(f"{name} signer"), root_name, key, root_key, is_authority=False)
        #: What an operator puts into the trust list.
        self.anchor = root.public_bytes(serialization.Encoding.PEM)
        self._chain = leaf.public_bytes(serialization.Encoding.PEM) + self.anchor
        self._key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(
        self, picture: bytes, kind: str = "image/jpeg", source: str = MADE_BY_MACHINE, elsewhere: str | None = None
    ) -> bytes:
        """The picture with a manifest in it, or, when `elsewhere` is an address, only saying that it lies there."""
        manifest = {
            "claim_generator_info": [{"name": "pattern maker", "version": "1"}],
            "format": kind,
            "title": "a pattern",
            "assertions": [
                {
                    "label": "c2pa.actions.v2",
                    "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": source}]},
                }
            ],
        }
        builder = c2pa.Builder(manifest)
        if elsewhere:
            builder.set_no_embed()
            builder.set_remote_url(elsewhere)
        info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=self._chain, private_key=self._key, ta_url=None)
        out = io.BytesIO()
        builder.sign(c2pa.Signer.from_info(info), kind, io.BytesIO(picture), out)
        return out.getvalue()


def _name(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests")]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2024, 1, 1))
        .not_valid_after(datetime.datetime(2044, 1, 1))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(
            x509.KeyUsage(not is_authority, False, False, False, False, is_authority, is_authority, False, False),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
