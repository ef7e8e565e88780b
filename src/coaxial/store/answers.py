"""What requests that create something were answered, by the key that their client gave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, update

from coaxial.store.database import Database
from coaxial.store.tables import Answer, now

KEPT = timedelta(days=1)
"""How long an answer is remembered. A client that tries again later has been given up long since."""


@dataclass(frozen=True)
class AnswerRecord:
    """A request that was begun, and what it was answered."""

    key: str
    request: str
    """A digest of method and address."""
    server: str
    """The server process that has it, or had it."""
    digest: str
    """Of the body that came; empty while the request is worked on."""
    status: int | None
    """None while the request is worked on."""
    headers: Mapping[str, str]
    body: bytes


class Answers:
    """Store methods about answers; part of `Store`."""

    _database: Database

    def begin_answer(self, key: str, request: str, server: str) -> AnswerRecord | None:
        """Take a key for a request: None where it was free, otherwise who has it. Forgets what is too old."""
        with self._database.writing() as session:
            session.execute(delete(Answer).where(Answer.created < now() - KEPT))
            found = session.get(Answer, key)
            if found is None:
                session.add(Answer(idempotency_key=key, request=request, server=server, headers={}))
                return None
            return _record(found)

    def take_over_answer(self, key: str, dead: str, server: str) -> bool:
        """Take a key from a server that died before it answered; False where another one was faster."""
        with self._database.writing() as session:
            taken = update(Answer).where(Answer.idempotency_key == key, Answer.server == dead, Answer.status.is_(None))
            return session.connection().execute(taken.values(server=server, created=now())).rowcount == 1

    def finish_answer(
        self, key: str, server: str, digest: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Keep what a request was answered."""
        with self._database.writing() as session:
            found = update(Answer).where(Answer.idempotency_key == key, Answer.server == server)
            session.execute(found.values(digest=digest, status=status, headers=dict(headers), body=body))

    def drop_answer(self, key: str, server: str) -> None:
        """Let go of a key whose request came to nothing, so that it can be tried again."""
        with self._database.writing() as session:
            session.execute(
                delete(Answer).where(Answer.idempotency_key == key, Answer.server == server, Answer.status.is_(None))
            )


def _record(row: Answer) -> AnswerRecord:
    return AnswerRecord(row.idempotency_key, row.request, row.server, row.digest, row.status, row.headers, row.body)
