"""Where a process that runs for long writes what it does: JSON lines for programs, sentences for who watches it."""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
import time
from logging.handlers import RotatingFileHandler

from coaxial.domain.files import storage_errors
from coaxial.domain.tracing import current_request
from coaxial.settings import Settings

_BYTES, _EARLIER = 5_000_000, 4

_JOB = re.compile(r"job (\d+)\b")
"""How every line about a job begins."""


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message; request, job and other fields where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        """As logging asks for it."""
        message = record.getMessage()
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "time": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
            "process": record.process,
        }
        if request := current_request.get():
            line["request"] = request
        if job := _JOB.match(message):
            line["job"] = int(job.group(1))
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Sentences(logging.Formatter):
    """The time and the message; what is behind it is in the file."""

    def format(self, record: logging.LogRecord) -> str:
        """As logging asks for it."""
        first, *_ = record.getMessage().splitlines() or [""]
        return f"{self.formatTime(record, '%H:%M:%S')} {first}"


def log_into(settings: Settings, part: str, *, shown: int, of: str = "") -> None:
    """Write what this process logs into logs/PART-HOST.jsonl, and what is important enough to standard error.

    Of the machine's own, because several may share the data directory. shown: the least level that is shown. of: the
    logger whose lines may be shown. Raises: StorageFailure.
    """
    path = settings.data_dir / "logs" / f"{part}-{socket.gethostname()}.jsonl"
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_EARLIER, encoding="utf-8")
    file.setFormatter(JsonLines())
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(shown)
    terminal.setFormatter(Sentences())
    terminal.addFilter(logging.Filter(of))
    logging.basicConfig(level=logging.WARNING, handlers=[file, terminal])
    for ours in ("coaxial", "uvicorn"):
        logging.getLogger(ours).setLevel(logging.INFO)
