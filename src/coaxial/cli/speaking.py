"""The command that speaks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from coaxial.cli.arguments import DataDir
from coaxial.domain.errors import InvalidOption
from coaxial.domain.speaking import SpeakOptions
from coaxial.settings import Settings

_STANDARD_STREAM = Path("-")


def add_to(app: App) -> None:
    """Add the command."""
    app.command(speak, sort_key=10)


def speak(
    voice: Annotated[str, Parameter(name="VOICE", help="Name of a voice, or the path of an .onnx file.")],
    text: Annotated[
        str,
        Parameter(
            name="TEXT", help="What to say; - or nothing reads it from standard input.", allow_leading_hyphen=True
        ),
    ] = "-",
    /,
    *,
    file: Annotated[Path | None, Parameter(help="Read what to say from a text file (UTF-8) instead.")] = None,
    out: Annotated[
        Path,
        Parameter(
            name=("--out", "-o"), help="WAV file to write; - writes to standard output.", allow_leading_hyphen=True
        ),
    ] = Path("speech.wav"),
    speaker: Annotated[str | None, Parameter(help="Name or number, of a voice with several speakers.")] = None,
    length_scale: Annotated[float | None, Parameter(help="Slowness: 1 as recorded, 1.2 a fifth slower.")] = None,
    noise_scale: Annotated[
        float | None, Parameter(help="How much the sound varies; 0 always says it the same.")
    ] = None,
    noise_w: Annotated[float | None, Parameter(help="How much the rhythm varies; 0 always says it the same.")] = None,
    sentence_silence: Annotated[float, Parameter(help="Seconds of silence between sentences.")] = 0.0,
    volume: Annotated[float, Parameter(help="1 is as loud as 16 bits go, 0 is silence.")] = 1.0,
    data_dir: DataDir = None,
) -> None:
    """Say a text with a voice. Prints the path of the WAV file."""
    words = _words(text, file)
    from coaxial.workflows.speak import speak as speak_with

    to_stream = out == _STANDARD_STREAM
    spoken = speak_with(
        Settings.read(data_dir),
        voice,
        words,
        sys.stdout.buffer if to_stream else out.expanduser(),
        SpeakOptions(
            speaker=speaker,
            length_scale=length_scale,
            noise_scale=noise_scale,
            noise_w=noise_w,
            sentence_silence=sentence_silence,
            volume=volume,
        ),
    )
    print(f"{spoken.seconds:.1f} s spoken with {spoken.voice.stem}", file=sys.stderr)
    if not to_stream:
        print(out)


def _words(text: str, file: Path | None) -> str:
    if file is None:
        return text if text != "-" else _decoded(sys.stdin.buffer.read(), "standard input")
    if text != "-":
        raise InvalidOption("The text was given twice, on the command line and as --file.")
    try:
        return _decoded(file.expanduser().read_bytes(), str(file))
    except OSError as error:
        raise InvalidOption(f"The text file {file} cannot be read: {error.strerror or error}.") from None


def _decoded(content: bytes, what: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidOption(f"The text in {what} is not UTF-8.", remedy="Save it as UTF-8 and try again.") from None
