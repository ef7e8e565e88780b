"""The commands on the way from recordings to a voice: make, import, prepare, train, resume, export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from coaxial.cli.arguments import AsJson, DataDir, Gpus, PrepareFlags, TrainFlags, device_of
from coaxial.cli.presenting import duration, print_json
from coaxial.cli.progress import shown_progress
from coaxial.domain.quality import Quality
from coaxial.settings import Settings

Source = Annotated[
    Path,
    Parameter(
        name="SOURCE",
        help="Folder or ZIP with recordings and their transcripts (LJSpeech metadata.csv, other tables, or one .txt "
        "beside each recording), or the transcript file itself.",
    ),
]
Name = Annotated[str, Parameter(help="What to call it: letters, digits, _ and -.")]
LanguageTag = Annotated[str, Parameter(help="Language that is spoken, such as en-US, de-DE or sv-SE.")]
Out = Annotated[Path | None, Parameter(help="Folder to copy the voice's files to.")]


def add_to(app: App) -> None:
    """Add the commands, in the order of the work."""
    parts: tuple[Callable[..., None], ...] = (prepare, train, resume, export)
    app.command(make, sort_key=1)
    app.command(import_, name="import", sort_key=2)
    for place, command in enumerate(parts, start=3):
        app.command(command, sort_key=place)


def make(
    source: Source,
    /,
    *,
    name: Name,
    language: LanguageTag,
    prepare: Annotated[PrepareFlags | None, Parameter(name="*")] = None,
    train: Annotated[TrainFlags | None, Parameter(name="*")] = None,
    out: Out = None,
    data_dir: DataDir = None,
) -> None:
    """Make a voice: import, prepare, train and export, one after the other.

    Whatever stops it, the same command goes on where it was. Without a budget, fine-tuning takes 5000 steps.
    Prints the voice's path.
    """
    preparing, training = (prepare or PrepareFlags()).options(), (train or TrainFlags()).options()
    from coaxial.workflows.make_voice import make_voice

    with shown_progress() as progress:
        settings = Settings.read(data_dir)
        voice = make_voice(settings, source, name, language, preparing, training, progress, out=out)
    print(voice.onnx)


def import_(
    source: Source,
    /,
    *,
    name: Name,
    language: LanguageTag,
    json: AsJson = False,
    data_dir: DataDir = None,
) -> int:
    """Check recordings and take them in, as a profile and a prompt list of this name.

    The originals are copied and never changed. Importing again takes in only what is new or was corrected.
    """
    from coaxial.workflows.import_speech import import_speech

    with shown_progress() as progress:
        report = import_speech(Settings.read(data_dir), source, name, language, progress)
    if json:
        print(report.to_json(), end="")
    else:
        print("\n".join(report.summary_lines()))
    return 0 if report.taken else 1


def prepare(
    name: Annotated[str, Parameter(name="NAME", help="Profile or prompt list whose recordings are prepared.")],
    /,
    *,
    flags: Annotated[PrepareFlags | None, Parameter(name="*")] = None,
    json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Make a dataset to train on: standardised clips, phonemes and spectrograms.

    Only what is not there yet is made. Prints the dataset's folder.
    """
    options = (flags or PrepareFlags()).options()
    from coaxial.workflows.prepare_dataset import prepare_dataset

    with shown_progress() as progress:
        dataset = prepare_dataset(Settings.read(data_dir), name, options, progress)
        for row in dataset.left_out:
            progress.say(f"Left out {row['recording']}: {row['reason']}")
        held_out = sum(clip.held_out for clip in dataset.clips)
        progress.say(
            f"{len(dataset.clips)} clips, {duration(dataset.seconds)} of speech, {len(dataset.speakers)} speaker(s), "
            f"{held_out} clips held out for validation."
        )
    if json:
        print_json({"folder": dataset.folder, **dataset.summary()})
    else:
        print(dataset.folder)


def train(
    name: Annotated[str, Parameter(name="DATASET", help="Dataset, or the name it was prepared from (its newest one).")],
    /,
    *,
    quality: Annotated[
        Quality | None, Parameter(help="Of the dataset, where several were prepared.", name_transform=str.lower)
    ] = None,
    flags: Annotated[TrainFlags | None, Parameter(name="*")] = None,
    data_dir: DataDir = None,
) -> None:
    """Train a run on a dataset until its budget is used; the same command again resumes it.

    Without a budget, fine-tuning takes 5000 steps. Prints the run's name.
    """
    options = (flags or TrainFlags()).options()
    from coaxial.workflows.fine_tune import fine_tune

    with shown_progress() as progress:
        run = fine_tune(Settings.read(data_dir), name, options, progress, quality)
    print(run.name)


def resume(
    run: Annotated[str, Parameter(name="RUN", help="Run that was stopped.")],
    /,
    *,
    gpus: Gpus = None,
    data_dir: DataDir = None,
) -> None:
    """Go on with a run that was stopped, from its last checkpoint, on as many GPUs as there are now.

    Prints the run's name.
    """
    device = device_of(gpus)
    from coaxial.workflows.fine_tune import resume as resume_run

    with shown_progress() as progress:
        record = resume_run(Settings.read(data_dir), run, progress, device)
    print(record.name)


def export(
    run: Annotated[str, Parameter(name="RUN", help="Run to make a voice of.")],
    /,
    *,
    checkpoint: Annotated[str, Parameter(help="best (by validation), last, or a checkpoint file.")] = "best",
    out: Out = None,
    data_dir: DataDir = None,
) -> None:
    """Make a voice (.onnx and .onnx.json) of a run and prove that Piper speaks with it.

    Prints the voice's path.
    """
    from coaxial.workflows.export_voice import export_voice

    with shown_progress() as progress:
        voice = export_voice(Settings.read(data_dir), run, checkpoint, out, progress)
    print(voice.onnx)
