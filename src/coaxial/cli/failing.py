"""From an exception to an exit code and a sentence; nobody sees a traceback who did not ask for one."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Any

from cyclopts import CycloptsError

from coaxial.domain.errors import CoaxialError, Interrupted, InvalidOption
from coaxial.settings import Settings

FAILED, BAD_USAGE, STOPPED, PIPE_CLOSED = 1, 2, 130, 141


def exit_code_of(command: Callable[[], Any]) -> int:
    """Run a command and answer its exit code; what went wrong is on standard error."""
    with _noticed_ctrl_c() as stopped:
        try:
            if isinstance(sys.stdout, TextIOWrapper):
                # A terminal that cannot show a phoneme or a name gets its code instead of nothing at all.
                sys.stdout.reconfigure(errors="backslashreplace")
            answer = command()
            sys.stdout.flush()
        except BrokenPipeError:
            _forget_output()
            return PIPE_CLOSED
        except BaseException as error:
            if os.environ.get("COAXIAL_DEBUG") == "1":
                traceback.print_exception(error)
            return _failed(KeyboardInterrupt() if stopped and not isinstance(error, Interrupted) else error)
    return answer if isinstance(answer, int) else 0


def _forget_output() -> None:
    # Nobody can have the output any more, and the interpreter must not complain about that when it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _noticed_ctrl_c() -> Iterator[list[int]]:
    """Signals that came, while the block runs.

    Python's KeyboardInterrupt does not always arrive as one: a C extension that is being imported at that moment
    makes an ImportError of it.
    """
    stopped: list[int] = []

    def notice(number: int, frame: FrameType | None) -> None:
        stopped.append(number)
        signal.default_int_handler(number, frame)

    ours = threading.current_thread() is threading.main_thread()
    ours = ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, notice)
    try:
        yield stopped
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _failed(error: BaseException) -> int:
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FAILED
    if isinstance(error, KeyboardInterrupt):
        _tell("Stopped.", "What was finished is kept; run the same command again to go on.")
        return STOPPED
    if isinstance(error, CycloptsError):
        _tell(f"error: {error}", "See coaxial --help, or coaxial COMMAND --help.")
        return BAD_USAGE
    if isinstance(error, Interrupted):
        _tell(error.message, error.remedy)
        return STOPPED
    if isinstance(error, CoaxialError):
        _tell(f"error: {error.message}", error.remedy)
        return BAD_USAGE if isinstance(error, InvalidOption) else FAILED
    if isinstance(error, MemoryError):
        _tell(
            "error: The machine's memory is full.", "End other programs, or set COAXIAL_PROCESSES=1, and run it again."
        )
        return FAILED
    if isinstance(error, OSError):
        _forget_unwritable_output()
        log = _write_log(error)
        _tell(f"error: The operating system refused: {error}.", f"Where it happened is in {log}.")
        return FAILED
    return _unexpected(error)


def _forget_unwritable_output() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _forget_output()


def _unexpected(error: BaseException) -> int:
    summary = f"{type(error).__name__}: {error}".splitlines()[0]
    log = _write_log(error)
    _tell(
        f"error: This is a mistake in coaxial, not yours ({summary}).", f"The details are in {log}; please report it."
    )
    return FAILED


def _write_log(error: BaseException) -> Path | str:
    name = f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    text = f"coaxial {' '.join(sys.argv[1:])}\n\n{''.join(traceback.format_exception(error))}"
    for folder in _log_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return folder / name
    return "no log, because none could be written (COAXIAL_DEBUG=1 shows them)"


def _log_folders() -> list[Path]:
    try:
        return [Settings.read(_given_data_dir()).data_dir / "logs", Path(tempfile.gettempdir())]
    except CoaxialError:
        return [Path(tempfile.gettempdir())]


def _given_data_dir() -> Path | None:
    # The command failed in a way nobody foresaw, so its parsed options are gone; the words of the line are still there.
    for word, following in zip(sys.argv, [*sys.argv[1:], ""], strict=True):
        if word == "--data-dir" and following:
            return Path(following)
        if word.startswith("--data-dir="):
            return Path(word.partition("=")[2])
    return None


def _tell(*sentences: str) -> None:
    try:
        for sentence in filter(None, sentences):
            print(sentence, file=sys.stderr)
        sys.stderr.flush()
    except OSError:
        pass
