"""The documented `python train_model.py`: prepare, train and export what one profile read of one prompt list."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from coaxial.cli.failing import exit_code_of
from coaxial.cli.progress import shown_progress
from coaxial.domain.errors import InvalidOption
from coaxial.domain.field_docs import field_doc
from coaxial.domain.options import Budget, PrepareOptions, TrainOptions
from coaxial.settings import Settings

app = App(
    name="train_model.py",
    help="Train a voice on what one profile read of one prompt list, and export it.",
    version_flags=(),
    default_parameter=Parameter(negative=()),
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
)


@app.default
def train_model(
    *,
    profile_id: Annotated[str | None, Parameter(help="Profile that reads. Without it, the only one there is.")] = None,
    prompt_list_id: Annotated[
        str | None, Parameter(help="Prompt list that is read. Without it, the only one of the profile.")
    ] = None,
    language_code: Annotated[
        str | None, Parameter(help="Language of the recordings, such as en-US; checked against the profile's.")
    ] = None,
    base_voice: Annotated[str | None, Parameter(help=field_doc(TrainOptions, "base_voice"))] = None,
    checkpoint: Annotated[
        Path | None, Parameter(help="Or a file: checkpoint (.ckpt), or published voice (.onnx with its .onnx.json).")
    ] = None,
    epochs: Annotated[int, Parameter(help="Passes over all clips.")] = 100,
    batch_size: Annotated[int | Literal["auto"], Parameter(help="Clips per update.")] = "auto",
) -> None:
    """Train a voice on what one profile read of one prompt list, and export it. Prints the voice's path.

    Without a base voice and a checkpoint it starts from random weights.
    """
    if base_voice is not None and checkpoint is not None:
        raise InvalidOption("Training starts from one place: give --base-voice or --checkpoint, not both.")
    options = TrainOptions(
        budget=Budget(epochs=epochs),
        base=checkpoint,
        base_voice=base_voice,
        batch_size=None if batch_size == "auto" else batch_size,
    )
    from coaxial.workflows.train_reading import train_reading

    with shown_progress() as progress:
        voice = train_reading(
            Settings.read(), profile_id, prompt_list_id, language_code, PrepareOptions(), options, progress
        )
    print(voice.onnx)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; answers the exit code, as `coaxial` does."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    return exit_code_of(lambda: app(tokens, exit_on_error=False, print_error=False, result_action="return_value"))
