"""The command that starts the HTTP door: `coaxial api`."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from coaxial.cli.arguments import DataDir
from coaxial.domain.errors import InUse, InvalidOption
from coaxial.domain.files import storage_errors
from coaxial.settings import Settings

if TYPE_CHECKING:
    from uvicorn import Config, Server

ADDRESS = "127.0.0.1"

CLOSING_SECONDS = 1
"""How long answers that are being given may take when the server ends."""

END_SECONDS = 1.8
"""When it ends in any case. What work is then cut short is as after a kill: the next call goes on after it."""

_LOG_BYTES = 5_000_000


def add_to(app: App) -> None:
    """Add the command."""
    app.command(api, sort_key=28)


def api(
    *,
    port: Annotated[int, Parameter(help="To listen at; 0 for any that is free.")] = 8000,
    data_dir: DataDir = None,
) -> None:
    """Answer HTTP requests of this computer until Ctrl-C. Prints its address; what it does is in logs/api.log."""
    settings = Settings.read(data_dir)
    with _listening(port) as listener:
        from coaxial.api.app import create_app

        _log_into(settings.data_dir / "logs" / "api.log")
        _server(create_app(settings)).run([listener])
    _say_stopped()


def _say_stopped() -> None:
    print("Stopped.", flush=True)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """A socket on loopback. Raises: InUse, InvalidOption."""
    with socket.socket() as listener:
        # A server that has just ended must not keep its port from the next one.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
            listener.listen()
        except OverflowError:
            raise InvalidOption(f"--port {port} is no port: they go from 1 to 65535.") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise InUse(
                    f"Port {port} is taken: another program, perhaps another coaxial api, listens there.",
                    remedy=f"Stop that one, or choose another port: coaxial api --port {port + 1}",
                ) from None
            raise InvalidOption(
                f"Port {port} cannot be listened at: {error.strerror}.", remedy="Choose one above 1023."
            ) from None
        yield listener


def _log_into(path: Path) -> None:
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _server(app: object) -> Server:
    from uvicorn import Server

    class EndingInTime(Server):
        """One that ends within two seconds of being told to, and leaves its exit code to the command."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """As uvicorn's, but without raising the signal once more when all is over."""
            signals = (signal.SIGINT, signal.SIGTERM)
            before = [signal.signal(number, self.handle_exit) for number in signals]
            try:
                yield
            finally:
                for number, handler in zip(signals, before, strict=True):
                    signal.signal(number, handler)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Begin, and say where: whoever reads it may ask, and stop it, at once."""
            await super().startup(sockets)
            port = (sockets or [])[0].getsockname()[1]
            print(f"Coaxial answers at http://{ADDRESS}:{port} (Ctrl-C stops it)", flush=True)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """Begin to end."""
            _end_in_any_case()
            super().handle_exit(sig, frame)

    return EndingInTime(_config(app))


def _config(app: object) -> Config:
    from uvicorn import Config

    return Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        timeout_graceful_shutdown=CLOSING_SECONDS,
        # Nothing on loopback stands between client and server that would know better who asks.
        proxy_headers=False,
        server_header=False,
    )


def _end_in_any_case() -> None:
    # A thread that looks through a large file cannot be interrupted, and the interpreter would wait for it.
    def end() -> None:
        _say_stopped()
        os._exit(0)

    timer = threading.Timer(END_SECONDS, end)
    timer.daemon = True
    timer.start()
