"""The token that a server asks for over the network; only its digest is kept."""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path

from coaxial.domain.errors import StorageFailure
from coaxial.domain.files import file_status, write_text
from coaxial.settings import Settings
from coaxial.workflows.locks import locked


def new_token(settings: Settings) -> str:
    """Make a token, in the place of the one before; running servers ask for it from now on. Raises: StorageFailure.

    256 random bits: nobody guesses them, so that a plain digest of it tells nothing.
    """
    token = f"coaxial_{secrets.token_urlsafe(32)}"
    write_text(_file_of(settings), json.dumps({"sha256": digest_of(token).hex()}) + "\n", mode=0o600)
    return token


def first_token(settings: Settings) -> str | None:
    """The token of a server that had none; None where it has one. Raises: StorageFailure."""
    with locked(settings, "server-token", "the server's token", wait=True):
        return None if TokenFile(settings).digest() else new_token(settings)


def digest_of(token: str) -> bytes:
    """SHA-256 of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


class TokenFile:
    """What is known of a data directory's token; a new one is noticed at once."""

    def __init__(self, settings: Settings) -> None:
        self._path = _file_of(settings)
        self._read: tuple[int, int, int] = (0, 0, 0)
        self._digest = b""

    def digest(self) -> bytes:
        """Empty where there is no token. Raises: StorageFailure (the file is damaged)."""
        status = file_status(self._path)
        sign = (status.st_mtime_ns, status.st_size, status.st_ino) if status else (0, 0, 0)
        if sign != self._read:
            self._digest = _parsed(self._path) if status else b""
            self._read = sign
        return self._digest


def _parsed(path: Path) -> bytes:
    try:
        found = bytes.fromhex(json.loads(path.read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        found = b""
    if len(found) != hashlib.sha256().digest_size:
        raise StorageFailure(
            f"The server's token in {path} cannot be read.", remedy="Make another with: coaxial token new"
        )
    return found


def _file_of(settings: Settings) -> Path:
    return settings.data_dir / "server" / "token.json"
