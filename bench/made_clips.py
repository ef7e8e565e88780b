"""Batches of made-up clips as a run finds its clips: on the disk, and put together by length."""

from __future__ import annotations

import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

import torch

from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.domain.quality import HOP_LENGTH, Quality
from coaxial.engine.corpus import Corpus
from coaxial.engine.plan import Paddings, plan_epoch
from coaxial.engine.vits.batch import Batch


def as_a_run_has_them(
    batches: Sequence[Batch], quality: Quality, device: torch.device
) -> tuple[Corpus, list[list[int]]]:
    """All clips of some batches of one size, in a corpus with a run's paddings, and the batches of an epoch of it."""
    size = len(batches[0].frame_lengths)
    clips = []
    with tempfile.TemporaryDirectory() as name:
        dataset = PreparedDataset(Path(name), "made", "", quality, "en-US", "en-us", {"made": 0}, {}, ())
        (dataset.folder / "wavs").mkdir()
        for number, (batch, row) in enumerate((batch, row) for batch in batches for row in range(size)):
            samples = int(batch.frame_lengths[row]) * HOP_LENGTH
            ids = batch.phoneme_ids[row, : int(batch.phoneme_lengths[row])].tolist()
            clips.append(Clip(f"{number}", "", "made", 0, ids, samples, held_out=False))
            pcm = (batch.audio[row, :samples].clamp(-1, 1) * 32767).to(torch.int16).cpu().numpy()
            with wave.open(str(dataset.wav(clips[-1])), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(quality.sample_rate)
                file.writeframes(pcm.astype("<i2").tobytes())
        corpus = Corpus(dataset, clips, device)
    corpus.paddings = Paddings.of(corpus.frames, corpus.phonemes, size, seed=0)
    return corpus, plan_epoch(corpus.frames, size, seed=0, epoch=0)
