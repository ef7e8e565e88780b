"""Training a run to the end of its budget, from wherever its folder says it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

from coaxial.domain.errors import Interrupted
from coaxial.domain.options import TrainOptions
from coaxial.domain.prepared import PreparedDataset
from coaxial.domain.progress import Progress
from coaxial.domain.quality import NetworkShape
from coaxial.engine import kernels, listening
from coaxial.engine.base import read_base, start_from
from coaxial.engine.budgeting import choose_batch_size, describe, refuse_full_disk, what_is_left
from coaxial.engine.checkpoint import newest_resumable, write_checkpoint
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import choose_compute
from coaxial.engine.giving_up import GivenUp, give_up_when
from coaxial.engine.metrics import MetricsLog
from coaxial.engine.pace import Ahead, TimeLeft, TrainingStage, note_pace
from coaxial.engine.plan import Paddings, batches_by_length, plan_epoch, steps_per_epoch
from coaxial.engine.position import Position, TrainingResult
from coaxial.engine.rehearsal import compute_in_the_fastest, rehearse
from coaxial.engine.run_folder import RunFolder, WrittenCheckpoint, name_also
from coaxial.engine.schedule import Schedule
from coaxial.engine.stop_signals import stop_signals
from coaxial.engine.team import Team
from coaxial.engine.trainer import Trainer, begin_trainer
from coaxial.engine.writing import BesideWriter, kept_aside

_STEPS_LOGGED_AT_ONCE = 25
"""On a GPU."""

_STEPS_TO_KNOW = 20
"""After which the time that is left is known well."""


def train(
    folder: Path,
    dataset: PreparedDataset,
    options: TrainOptions,
    progress: Progress,
    on_checkpoint: Callable[[WrittenCheckpoint], None] = lambda written: None,
) -> TrainingResult:
    """Train until the budget is used, going on from the folder's last checkpoint if there is one.

    on_checkpoint: called after each checkpoint file is on the disk.
    Raises: Interrupted (Ctrl-C or a termination signal; a checkpoint was written first), TrainingDiverged, OutOfMemory,
    LostWorker, BaseMismatch, StorageFailure, EmptyDataset, and what reading the base raises.
    """
    with stop_signals() as stop_asked, Team(dataset, options) as team:
        session = Session(RunFolder(folder), dataset, options, progress, on_checkpoint)
        return session.run(team, stop_asked)


class Session:
    """One sitting of a run: from start or resume to the end of the budget, or to an interruption."""

    def __init__(
        self,
        folder: RunFolder,
        dataset: PreparedDataset,
        options: TrainOptions,
        progress: Progress,
        on_checkpoint: Callable[[WrittenCheckpoint], None],
    ) -> None:
        self._folder = folder
        self._dataset = dataset
        self._options = options
        self._progress = progress
        self._on_checkpoint = on_checkpoint
        self._compute = choose_compute(options.devices[0], options.precision)
        for sentence in self._compute.passed_over:
            progress.say(sentence)
        trained = [clip for clip in dataset.clips if not clip.held_out]
        held_out = [clip for clip in dataset.clips if clip.held_out]
        self._corpus = Corpus(dataset, trained, self._compute.device)
        self._held_out = Corpus(dataset, held_out, self._compute.device) if held_out else None
        self._sentences = listening.choose_sentences(dataset)
        # On a CPU the thread would take the processors that train.
        self._beside = self._compute.device.type != "cpu"
        self._writer = BesideWriter(self._beside)
        self._position = Position()
        self._planned: tuple[int, list[list[int]]] | None = None
        self._trainer = self._start_or_resume()
        self._begun = replace(self._position)
        self._saved_step = self._position.step
        self._steps_per_epoch = steps_per_epoch(len(trained), self._batch_size)
        self._schedule = Schedule.of(options, self._steps_per_epoch)
        if self._compute.device.type == "cuda":
            corpus = self._corpus
            corpus.paddings = Paddings.of(corpus.frames, corpus.phonemes, self._batch_size, options.seed)

    def run(self, team: Team, stop_asked: threading.Event) -> TrainingResult:
        """Train on until the schedule is done."""
        position, schedule = self._position, self._schedule
        if schedule.done(position.step, position.seconds) < 1.0 or position.is_unheard:
            self._heed(stop_asked)
            team.join(self._trainer, self._batch_size, self._resumed_from)
            if self._compute.device.type == "cpu" and team.size == 1:
                # A step takes up to a minute there, and done again it is the same (decisions/0001).
                give_up_when(stop_asked.is_set, *self._trainer.networks)
            with suppress(GivenUp):
                self._prepare_to_train()
            self._heed(stop_asked)
            with MetricsLog(self._folder.path, position.step) as metrics, self._writer:
                try:
                    self._fit(team, metrics, stop_asked)
                except GivenUp:
                    self._save_last(metrics)
                    self._heed(stop_asked)
        epoch = position.step // self._steps_per_epoch
        return TrainingResult(position.step, epoch, position.seconds, position.validation_mel, position.best_mel)

    def _start_or_resume(self) -> Trainer:
        shape = NetworkShape.of(self._dataset.quality, len(self._dataset.speakers))
        trainer = begin_trainer(shape, self._options, self._compute, self._progress)
        self._resumed_from, found = newest_resumable(self._folder, self._progress)
        if found is not None:
            trainer.restore(found)
            self._batch_size: int = found["coaxial"]["batch_size"]
            self._position = Position.of(found["coaxial"])
            self._progress.say(f"Going on after step {self._position.step}.")
            return trainer
        devices = len(self._options.devices)
        self._batch_size = self._options.batch_size or choose_batch_size(trainer, self._corpus, devices)
        self._batch_size = min(self._batch_size, len(self._corpus.clips))
        if self._compute.is_without_bf16 and self._options.precision == "auto":
            longest = batches_by_length(self._corpus.frames, self._batch_size)[-1]
            compute_in_the_fastest(trainer, self._corpus, longest, ("fp32", "fp16"), self._progress)
        if self._options.base is not None:
            base = read_base(self._options.base)
            for sentence in start_from(base, self._dataset.quality, shape, trainer.generator, trainer.discriminator):
                self._progress.say(sentence)
            trainer.average.reset()
        else:
            self._progress.say("Starting from random weights.")
        return trainer

    def _prepare_to_train(self) -> None:
        """Check the disk, find out what fits into memory and how long a step takes, and say what is to come."""
        refuse_full_disk(self._folder.path, self._trainer.checkpoint_bytes())
        if self._compute.device.type == "cuda" and (problem := kernels.problem(self._compute.device)):
            self._progress.say(f"Triton's kernels do not work here, which makes steps slower: {problem}")
        listening.write_reference(self._folder.samples / "reference", self._dataset, self._sentences)
        self._progress.stage("Measuring steps")
        times = rehearse(self._trainer, self._corpus, self._batch_size, self._options.seed)
        self._time_left = TimeLeft(times, self._schedule, self._trainer.checkpoint_bytes(), self._beside)
        described = describe(self._corpus, self._held_out, self._batch_size, self._steps_per_epoch)
        devices = len(self._options.devices)
        together = f", shared by {devices} devices" if devices > 1 else ""
        self._progress.say(f"{described}, on {self._trainer.compute}{together}: {self._what_is_left()}.")

    def _what_is_left(self) -> str:
        return what_is_left(self._schedule, self._position, self._time_left)

    def _fit(self, team: Team, metrics: MetricsLog, stop_asked: threading.Event) -> None:
        position, schedule = self._position, self._schedule
        stage = TrainingStage(self._progress, schedule, position, self._time_left)
        ahead = Ahead(self._compute.device)
        first = position.step
        if position.is_unheard:
            self._keep_checkpoint(metrics)
        now = saved = kept = time.monotonic()
        while schedule.done(position.step, position.seconds) < 1.0:
            self._time_left.given(self._update(team, metrics))
            done = ahead.given()
            before, now = now, time.monotonic()
            position.seconds += now - before
            stage.passed(done, now - before, trained=now - max(before, saved))
            finished = schedule.done(position.step, position.seconds) >= 1.0
            # Looked at once: a wish that comes after this is for the next step, which then saves what it did.
            stopping = stop_asked.is_set()
            if position.step == first + _STEPS_TO_KNOW and not finished:
                self._progress.say(f"After {_STEPS_TO_KNOW} steps: {self._what_is_left()} to go.")
            keeping = finished or schedule.checkpoint_due(position.step, now - kept)
            if keeping or stopping or schedule.safety_due(now - saved):
                drained, begun = ahead.drain(), time.monotonic()
                stage.passed(drained, 0.0, trained=begun - now)
                team.confirm()
                if keeping:
                    self._keep_checkpoint(metrics)
                    kept = time.monotonic()
                    self._time_left.checkpoint_took(kept - begun)
                    stopping = stop_asked.is_set()
                else:
                    self._save_last(metrics)
                saved = time.monotonic()
            if stopping and not finished:
                self._writer.wait()
                self._heed(stop_asked)

    def _heed(self, stop_asked: threading.Event) -> None:
        """Raises: Interrupted, where that is asked for. Called where all that was done is in the last checkpoint."""
        if stop_asked.is_set():
            raise Interrupted(
                f"Stopped after step {self._position.step}; everything is saved.",
                remedy=f"Go on with: coaxial resume {self._folder.path.name}",
            )

    def _update(self, team: Team, metrics: MetricsLog) -> int:
        """The next update of the run, logged. Returns: frames that its batch is padded to."""
        position, schedule = self._position, self._schedule
        epoch, place = divmod(position.step, self._steps_per_epoch)
        if self._planned is None or self._planned[0] != epoch:
            self._planned = epoch, plan_epoch(self._corpus.frames, self._batch_size, self._options.seed, epoch)
        indices = self._planned[1][place]
        rate = schedule.learning_rate(schedule.done(position.step, position.seconds))
        step = position.step + 1
        team.update(indices, step, rate)
        losses = self._trainer.update(self._corpus, indices, step, rate)
        position.step = step
        metrics.collect(step, epoch, rate, losses)
        self._writer.poll()
        on_cpu = self._compute.device.type == "cpu"
        if on_cpu or metrics.pending >= _STEPS_LOGGED_AT_ONCE:
            metrics.flush(wait=on_cpu)
            if metrics.latest:
                self._progress.note(f"step {position.step}, mel {metrics.latest['mel']:.3f}")
        return self._corpus.padded_frames(indices)

    def _keep_checkpoint(self, metrics: MetricsLog) -> None:
        """Validate, speak, and write a numbered checkpoint that is also the last one, and the best if it is."""
        position, folder = self._position, self._folder
        metrics.flush()
        position.is_unheard = True
        average = self._trainer.average.average
        found = listening.validate(average, self._held_out, self._compute) if self._held_out else None
        spoken = listening.speak(average, self._sentences, self._compute)
        # Nothing was written so far: where it is given up, all of it is done again.
        position.is_unheard = False
        if found is not None:
            metrics.validated(position.step, position.step // self._steps_per_epoch, found)
            position.validation_mel = found["mel"]
        listening.write_samples(
            folder.samples / folder.checkpoint(position.step).stem, self._sentences, spoken, self._dataset.sample_rate
        )
        mel = position.validation_mel
        is_best = mel is not None and (position.best_mel is None or mel < position.best_mel)
        position.best_mel = mel if is_best else position.best_mel
        path = folder.checkpoint(position.step)
        heard = f", validation mel {mel:.4f}{' (best so far)' if is_best else ''}" if mel is not None else ""
        sentence = f"Step {position.step}: mel {metrics.latest['mel']:.4f}{heard}; checkpoint written."
        written = self._written(path, "step")

        def name() -> None:
            name_also(path, folder.last)
            if is_best:
                name_also(path, folder.best)
            folder.prune(self._options.keep)
            self._on_checkpoint(written)
            self._on_checkpoint(replace(written, path=folder.last, kind="last"))
            if is_best:
                self._on_checkpoint(replace(written, path=folder.best, kind="best"))
            self._progress.say(sentence)

        self._write(path, metrics, name)

    def _save_last(self, metrics: MetricsLog) -> None:
        if self._position.step == self._saved_step:
            return
        metrics.flush()
        written = self._written(self._folder.last, "last")
        self._write(self._folder.last, metrics, lambda: self._on_checkpoint(written))

    def _written(self, path: Path, kind: Literal["step", "last", "best"]) -> WrittenCheckpoint:
        step = self._position.step
        return WrittenCheckpoint(path, kind, step, step // self._steps_per_epoch, self._position.validation_mel)

    def _write(self, path: Path, metrics: MetricsLog, then: Callable[[], None]) -> None:
        """Write a checkpoint of this moment, beside training where that costs it nothing, and then name it."""
        metrics.sync()
        position = self._position
        self._saved_step = position.step
        note_pace(self._folder.pace, self._options, self._batch_size, self._compute, self._begun, position)
        contents = self._trainer.contents(
            step=position.step,
            epoch=position.step // self._steps_per_epoch,
            batch_size=self._batch_size,
            ours={
                **vars(position),
                "batch_size": self._batch_size,
                "dataset": self._dataset.name,
                "fingerprint": self._dataset.fingerprint,
                "seed": self._options.seed,
            },
        )
        fetch = kept_aside(contents, self._compute.device)

        def write() -> None:
            begun = time.monotonic()
            write_checkpoint(path, fetch())
            self._time_left.writing_took(time.monotonic() - begun)

        self._writer.submit(write, then)
