"""A certificate for this machine's server, signed by itself: a browser asks once whether to trust it.

It is kept, so that its fingerprint, and what browsers remember of it, stays the same.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from coaxial.domain.errors import InvalidOption
from coaxial.domain.files import atomic_write
from coaxial.settings import Settings
from coaxial.workflows.locks import locked

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_LIFE = timedelta(days=397)
"""As long as browsers take one to be reasonable."""

_RENEWED_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Certificate:
    """What a server proves itself with."""

    file: Path
    """PEM."""
    key: Path
    """PEM; may be the same file."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as browsers show it: AB:CD:…"""
        digest = sha256(_first_in(self.file)).hexdigest().upper()
        return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def given_certificate(file: Path, key: Path | None) -> Certificate:
    """A certificate of the person's own. key: None: in the same file. Raises: InvalidOption."""
    given = Certificate(file.expanduser(), (key or file).expanduser())
    for path in (given.file, given.key):
        if not path.is_file():
            raise InvalidOption(f"There is no file {path}.", remedy="Give --certificate and --key as PEM files.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(given.file, given.key, password=_no_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise InvalidOption(
            f"{given.file} and {given.key} are no certificate with its key: {getattr(error, 'reason', None) or error}.",
            remedy="Give PEM files: --certificate with the chain, --key with its key, which has no password.",
        ) from None
    return given


def own_certificate(settings: Settings, names: Iterable[str]) -> Certificate:
    """The certificate of a data directory for these names and addresses, made where there is none, or none that holds.

    Raises: StorageFailure.
    """
    path = settings.data_dir / "server" / "certificate.pem"
    with locked(settings, "server-certificate", "the server's certificate", wait=True):
        before = _names_in(path)
        if before is None or not before.issuperset(names):
            # Names of before stay: a machine that moves between networks keeps its certificate.
            _write(path, sorted((before or set()) | set(names)))
    return Certificate(path, path)


def names_of_this_machine(address: str) -> list[str]:
    """Under which a browser may ask for a server that listens at an address."""
    machine = socket.gethostname().lower()
    first = machine.partition(".")[0]
    return list(dict.fromkeys(["localhost", "127.0.0.1", "::1", machine, f"{first}.local", *_addresses(address)]))


def addresses_of_this_machine() -> list[str]:
    """That it has towards other networks, as its routes tell; nothing is sent for it."""
    found = []
    for family, far_away in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as asking:
                asking.connect((far_away, 9))
                found.append(str(asking.getsockname()[0]))
        except OSError:
            continue  # no network of that kind
    return found


def _addresses(address: str) -> list[str]:
    try:
        everywhere = ip_address(address).is_unspecified
    except ValueError:
        everywhere = False
    return addresses_of_this_machine() if everywhere else [address]


def _no_password() -> str:
    raise ValueError("the key has a password")


def _first_in(file: Path) -> bytes:
    text = file.read_text(encoding="ascii", errors="replace")
    end = text.index(ssl.PEM_FOOTER) + len(ssl.PEM_FOOTER)
    return ssl.PEM_cert_to_DER_cert(text[text.index(ssl.PEM_HEADER) : end])


def _names_in(path: Path) -> set[str] | None:
    """The names of a certificate that still holds for a while; None where there is none."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        content = path.read_bytes()
        load_pem_private_key(content, None)
        found = x509.load_pem_x509_certificate(content)
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return None
    if found.not_valid_after_utc - _RENEWED_BEFORE < datetime.now(timezone.utc):
        return None
    return {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}


def _write(path: Path, names: list[str]) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    written_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # Both in one file: they are always each other's.
    with atomic_write(path, mode=0o600) as file:
        file.write(_signed(key, names).public_bytes(serialization.Encoding.PEM) + written_key)


def _signed(key: EllipticCurvePrivateKey, names: list[str]) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Coaxial on this machine")])
    begins = datetime.now(timezone.utc) - timedelta(hours=1)
    extensions = (
        (x509.SubjectAlternativeName([_general(name) for name in names]), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
    )
    builder = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
    builder = (
        builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(begins + _LIFE)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
