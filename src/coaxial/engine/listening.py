"""Looking and listening at a checkpoint: validation losses, and the same held-out sentences spoken each time."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from coaxial.domain.files import atomic_write
from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.engine.corpus import Corpus
from coaxial.engine.device import Compute
from coaxial.engine.plan import batches_by_length
from coaxial.engine.step import reconstruction
from coaxial.engine.vits.batch import draw_noise
from coaxial.engine.vits.synthesizer import Synthesizer

SENTENCES = 3
"""How many sentences every checkpoint speaks."""

_SEED = 20_260_101
_BATCH = 16
_NOISE_SCALE, _LENGTH_SCALE, _NOISE_W = 0.667, 1.0, 0.8


def validate(generator: Synthesizer, corpus: Corpus, compute: Compute) -> dict[str, float]:
    """Losses on held-out clips, each clip counted once, with the same noise and segments every time."""
    totals: dict[str, Tensor | float] = {}
    with torch.random.fork_rng(devices=_forked(compute)), torch.no_grad(), compute.autocast():
        torch.manual_seed(_SEED)
        for indices in batches_by_length(corpus.frames, _BATCH):
            batch = corpus.batch(indices)
            losses = reconstruction(generator, batch, draw_noise(generator.shape, batch))
            for name, value in vars(losses).items():
                totals[name] = totals.get(name, 0.0) + value * len(indices)
    return {name: float(value) / len(corpus.clips) for name, value in totals.items()}


def choose_sentences(dataset: PreparedDataset) -> list[Clip]:
    """The clips whose sentences are spoken at every checkpoint: held-out ones where there are any."""
    pool = [clip for clip in dataset.clips if clip.held_out] or list(dataset.clips)
    middling = sorted(pool, key=lambda clip: (abs(clip.samples / dataset.sample_rate - 4.0), clip.id))
    return middling[:SENTENCES]


def speak(generator: Synthesizer, clips: Sequence[Clip], compute: Compute) -> list[Tensor]:
    """Each clip's sentence in the present voice, (T,) in [-1, 1] on the CPU; the same noise every time."""
    spoken = []
    with torch.random.fork_rng(devices=_forked(compute)), torch.no_grad():
        for clip in clips:
            torch.manual_seed(_SEED)
            ids = torch.tensor([list(clip.phoneme_ids)], device=compute.device)
            lengths = torch.tensor([ids.shape[1]], device=compute.device)
            speaker = torch.tensor([clip.speaker_id], device=compute.device)
            many = generator.shape.num_speakers > 1
            audio = generator.infer(
                ids, lengths, _NOISE_SCALE, _LENGTH_SCALE, _NOISE_W, speaker_ids=speaker if many else None
            )
            spoken.append(audio[0, 0].float().cpu())
    return spoken


def write_samples(folder: Path, clips: Sequence[Clip], spoken: Sequence[Tensor], sample_rate: int) -> None:
    """Write one 16-bit WAV a sentence, named by its clip. Raises: StorageFailure."""
    for clip, audio in zip(clips, spoken, strict=True):
        pcm = (audio.clamp(-1.0, 1.0) * 32767.0).numpy().astype("<i2")
        with atomic_write(folder / f"{clip.id}.wav") as file, wave.open(file, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(sample_rate)
            wav.writeframes(np.ascontiguousarray(pcm).tobytes())


def write_reference(folder: Path, dataset: PreparedDataset, clips: Sequence[Clip]) -> None:
    """Put the real recordings of the spoken sentences beside the samples, with their texts."""
    for clip in clips:
        target = folder / f"{clip.id}.wav"
        if not target.exists():
            with atomic_write(target) as file:
                file.write(dataset.wav(clip).read_bytes())
    with atomic_write(folder / "sentences.txt") as file:
        file.write("".join(f"{clip.id}\t{clip.text}\n" for clip in clips).encode("utf-8"))


def _forked(compute: Compute) -> list[torch.device]:
    return [compute.device] if compute.device.type == "cuda" else []
