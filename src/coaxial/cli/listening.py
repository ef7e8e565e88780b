"""Where a server listens: its options, its socket, its certificate, and the addresses that it is asked at."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from coaxial.domain.errors import InUse, InvalidOption
from coaxial.settings import Settings

if TYPE_CHECKING:
    from coaxial.workflows.certificate import Certificate

ADDRESS, PORT = "127.0.0.1", 8000

_LAST_PORT = 65535

_ENDING_SECONDS = 2.5
"""How long a port is waited for: the parts of a studio that was killed end within that time."""

INHERITED = "COAXIAL_LISTENING_SOCKET"
"""Names the socket that a part of the studio is given: while it is started anew, requests wait instead of failing."""


@dataclass(frozen=True)
class ListenFlags:
    """The options of `studio` and `api`."""

    host: Annotated[
        str, Parameter(help="Address to listen at. Any but this computer's own asks for a token; 0.0.0.0 is all.")
    ] = ADDRESS
    port: Annotated[int, Parameter(help="To listen at; 0 for any that is free.")] = PORT
    tls: Annotated[
        bool, Parameter(help="Speak HTTPS, with a certificate of its own if none is given. Microphones need it.")
    ] = False
    certificate: Annotated[Path | None, Parameter(help="Certificate to use, with its chain, as PEM.")] = None
    key: Annotated[Path | None, Parameter(help="Its key, as PEM; otherwise in the same file.")] = None
    allow_host: Annotated[
        tuple[str, ...], Parameter(help="Further name that it is asked by, as of a proxy; may be given several times.")
    ] = ()

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.tls or self.certificate is not None

    def words(self) -> list[str]:
        """The same on a command line."""
        given = [f"--host={self.host}", f"--port={self.port}", *(f"--allow-host={name}" for name in self.allow_host)]
        files = [f"--{name}={path}" for name in ("certificate", "key") if (path := getattr(self, name)) is not None]
        return [*given, *(["--tls"] if self.tls else []), *files]


@contextmanager
def listening(flags: ListenFlags, command: str) -> Iterator[socket.socket]:
    """A socket that listens. command: which the sentences name. Raises: InUse, InvalidOption."""
    if flags.key is not None and flags.certificate is None:
        raise InvalidOption("--key was given without --certificate.", remedy="Give both, or neither.")
    # Asked for one that does not exist, the system takes another.
    if not 0 <= flags.port <= _LAST_PORT:
        raise InvalidOption(f"--port {flags.port} is no port: they go from 1 to {_LAST_PORT}.")
    given = os.environ.get(INHERITED, "")
    with socket.socket(fileno=int(given)) if given.isdecimal() else _bound(flags, command) as listener:
        yield listener


def certificate_of(settings: Settings, flags: ListenFlags) -> Certificate | None:
    """What it proves itself with; None where it does not speak TLS. Raises: InvalidOption, StorageFailure."""
    if not flags.secure:
        return None
    from coaxial.workflows.certificate import given_certificate, names_of_this_machine, own_certificate

    if flags.certificate is not None:
        return given_certificate(flags.certificate, flags.key)
    return own_certificate(settings, [*names_of_this_machine(flags.host), *flags.allow_host])


def addresses(flags: ListenFlags, listener: socket.socket) -> list[str]:
    """Where a browser finds the server, the best first."""
    port = listener.getsockname()[1]
    scheme = "https" if flags.secure else "http"
    return [f"{scheme}://{_bracketed(name)}:{port}" for name in _names(flags.host)]


def _names(host: str) -> list[str]:
    try:
        everywhere = ip_address(host).is_unspecified
    except ValueError:
        everywhere = False
    if not everywhere:
        return [host]
    from coaxial.workflows.certificate import addresses_of_this_machine

    return [*addresses_of_this_machine(), ADDRESS]


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _bound(flags: ListenFlags, command: str) -> socket.socket:
    """Raises: InUse, InvalidOption."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            flags.host, flags.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError):
        raise InvalidOption(
            f"There is no address {flags.host!r}.", remedy="Give --host one of this machine's, or 0.0.0.0 for all."
        ) from None
    listener = socket.socket(family, kind, protocol)
    # A server that has just ended must not keep its port from the next one.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        _bind(listener, address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise _in_words(error, flags, command) from None
    return listener


def _bind(listener: socket.socket, address: Any) -> None:
    """Raises: OSError."""
    end = time.monotonic() + _ENDING_SECONDS
    while True:
        try:
            listener.bind(address)
            return
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > end:
                raise
            time.sleep(0.1)


def _in_words(error: OSError, flags: ListenFlags, command: str) -> InUse | InvalidOption:
    if error.errno == errno.EADDRINUSE:
        return InUse(
            f"Port {flags.port} is taken: another program, perhaps another coaxial, listens there.",
            remedy=f"Stop that one, or choose another port: coaxial {command} --port {flags.port + 1}",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return InvalidOption(
            f"{flags.host} is no address of this machine.", remedy="Give --host one of its own, or 0.0.0.0 for all."
        )
    return InvalidOption(f"Port {flags.port} cannot be listened at: {error.strerror}.", remedy="Choose one above 1023.")
