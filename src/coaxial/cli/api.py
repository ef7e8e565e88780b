"""The command that starts the HTTP door alone: `coaxial api`."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

from cyclopts import App, Parameter

from coaxial.cli.arguments import DataDir
from coaxial.cli.listening import INHERITED, ListenFlags, addresses, certificate_of, listening
from coaxial.cli.logs import log_into
from coaxial.cli.parts import end_with_whoever_started
from coaxial.domain.errors import CoaxialError
from coaxial.settings import Settings

if TYPE_CHECKING:
    from uvicorn import Config, Server

    from coaxial.workflows.certificate import Certificate

CLOSING_SECONDS = 1
"""How long answers that are being given may take when the server ends."""

END_SECONDS = 1.8
"""When it ends in any case. What work is then cut short is as after a kill: the next call goes on after it."""

HEADER_SECONDS = 20.0
"""How long a connection may take to say what it wants."""

_SWITCH_SECONDS = 0.001
"""After which a thread that computes lets another one go on. SQLite lets go of the interpreter for each row that is
fetched, and with Python's five milliseconds a busy loop of events held up a page of rows at every one of them."""

_LARGEST_HEADERS = 32 << 10

_MOST_CONNECTIONS = 800
"""Of all clients together; more are told to come back. A process may have 1,024 files open on most systems."""


def add_to(app: App) -> None:
    """Add the command."""
    app.command(api, sort_key=28)


def api(*, flags: Annotated[ListenFlags | None, Parameter(name="*")] = None, data_dir: DataDir = None) -> None:
    """Answer HTTP requests until Ctrl-C, without doing jobs; `coaxial studio` does both.

    Prints its address; what it does is in logs/.
    """
    flags = flags or ListenFlags()
    settings = Settings.read(data_dir)
    with listening(flags, "api") as listener:
        certificate = certificate_of(settings, flags)
        _say_whom_it_is_for(settings, flags, certificate)
        from coaxial.api.access import Access
        from coaxial.api.app import create_app

        log_into(settings, "api", shown=logging.ERROR, of="coaxial")
        app = create_app(settings, Access(flags.host, flags.allow_host, flags.secure))
        server = _server(app, certificate, addresses(flags, listener))
        sys.setswitchinterval(_SWITCH_SECONDS)
        server.run([listener])
    if not server.started:
        raise CoaxialError("The server could not start.", remedy=f"Why is in {settings.data_dir / 'logs'}.")
    _end()


def _say_whom_it_is_for(settings: Settings, flags: ListenFlags, certificate: Certificate | None) -> None:
    from coaxial.api.access import Access

    if certificate is not None:
        print(f"Its certificate's SHA-256 fingerprint, for comparing in the browser: {certificate.fingerprint}")
    if not Access(flags.host, flags.allow_host).needs_token:
        return
    from coaxial.workflows.server_token import first_token

    token = first_token(settings)
    if token is not None:
        print(f"Its token, shown this once: {token}")
        print("It is asked for whoever comes from elsewhere. Make another with: coaxial token new")
    if certificate is None:
        print(
            "Without --tls others on the network can read what is sent, and browsers allow no microphone.",
            file=sys.stderr,
            flush=True,
        )


def _end() -> NoReturn:
    if INHERITED not in os.environ:
        print("Stopped.", flush=True)
    # All is closed; taking the interpreter down politely can take longer than everything before.
    os._exit(0)


def _server(app: object, certificate: Certificate | None, found_at: Sequence[str]) -> Server:
    from uvicorn import Server

    class EndingInTime(Server):
        """One that ends within two seconds of being told to, and leaves its exit code to the command."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """As uvicorn's, but without raising the signal once more when all is over."""
            signals = (signal.SIGINT, signal.SIGTERM)
            before = [signal.signal(number, self.handle_exit) for number in signals]
            end_with_whoever_started()
            try:
                yield
            finally:
                for number, handler in zip(signals, before, strict=True):
                    signal.signal(number, handler)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Begin, and say where: whoever reads it may ask, and stop it, at once."""
            await super().startup(sockets)
            print(f"Coaxial answers at {' and '.join(found_at)} (Ctrl-C stops it)", flush=True)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """Begin to end."""
            _end_in_any_case()
            # They would go on for ever, and be cut off in the middle when the server has waited long enough.
            app.state.events.end()  # type: ignore[attr-defined]
            super().handle_exit(sig, frame)

    return EndingInTime(_config(app, certificate))


def _config(app: object, certificate: Certificate | None) -> Config:
    from uvicorn import Config

    from coaxial.api.connections import impatient

    return Config(
        app,  # type: ignore[arg-type]
        http=impatient(HEADER_SECONDS),
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=CLOSING_SECONDS,
        limit_concurrency=_MOST_CONNECTIONS,
        h11_max_incomplete_event_size=_LARGEST_HEADERS,
        ssl_certfile=None if certificate is None else certificate.file,
        ssl_keyfile=None if certificate is None else certificate.key,
        # Who asks is who connects: what a header says of it anybody could write.
        proxy_headers=False,
        server_header=False,
    )


def _end_in_any_case() -> None:
    # A thread that looks through a large file cannot be interrupted, and the interpreter would wait for it.
    timer = threading.Timer(END_SECONDS, _end)
    timer.daemon = True
    timer.start()
