"""From a folder of recordings to a voice, in one go."""

from __future__ import annotations

from pathlib import Path

from coaxial.audio.workers import kept_workers
from coaxial.domain.errors import EmptyDataset
from coaxial.domain.options import PrepareOptions, TrainOptions
from coaxial.domain.progress import Progress
from coaxial.settings import Settings
from coaxial.workflows.export_voice import ExportedVoice, export_voice
from coaxial.workflows.fine_tune import fine_tune
from coaxial.workflows.import_speech import import_speech
from coaxial.workflows.prepare_dataset import prepare_dataset
from coaxial.workflows.resolve_base import with_base_file


def make_voice(
    settings: Settings,
    source: Path,
    name: str,
    language_tag: str,
    prepare_options: PrepareOptions,
    train_options: TrainOptions,
    progress: Progress,
    out: Path | None = None,
) -> ExportedVoice:
    """Import, prepare, train and export; each part goes on where an earlier, interrupted call of the same left it.

    Raises: what the parts raise; EmptyDataset where no recording of the source could be taken.
    """
    # A misspelt path, or no network, should not be found out after an hour of preparing.
    train_options = with_base_file(settings, train_options, prepare_options.quality, progress)
    with kept_workers():
        report = import_speech(settings, source, name, language_tag, progress)
        for line in report.summary_lines(most=10):
            progress.say(line)
        if not report.taken:
            raise EmptyDataset(
                f"None of the {report.rejected} recordings in {source} can be used.",
                remedy="The reasons are above, and in the report.",
            )
        dataset = prepare_dataset(settings, name, prepare_options, progress)
    run = fine_tune(settings, dataset.folder.name, train_options, progress)
    return export_voice(settings, run.name, "best", out, progress)
