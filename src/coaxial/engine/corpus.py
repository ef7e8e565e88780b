"""All clips of a dataset in memory, and batches cut from them on the device that trains.

Audio stays 16-bit (50 minutes at 22,050 Hz are 132 MB), on the GPU where that takes little of it. A batch is one gather
and one STFT there: no worker processes, no spectrograms read from disk, nothing for the GPU to wait for.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from coaxial.domain.errors import EmptyDataset, StorageFailure
from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.domain.quality import FFT_SIZE, HOP_LENGTH
from coaxial.engine.device import free_memory
from coaxial.engine.mel import spectrogram_of_padded
from coaxial.engine.vits.batch import Batch

FRAME_MULTIPLE = 16
"""Batches are padded to a multiple of so many frames, so that few different shapes occur."""

PHONEME_MULTIPLE = 16

_EDGE = (FFT_SIZE - HOP_LENGTH) // 2


class Corpus:
    """The clips of one side (training or held out) of a dataset."""

    def __init__(self, dataset: PreparedDataset, clips: Sequence[Clip], device: torch.device) -> None:
        """Read every clip's WAV. Raises: StorageFailure where one is missing or not as it was prepared."""
        if not clips:
            raise EmptyDataset(f"The dataset {dataset.name} has no clips to train on.")
        self.clips = clips
        self.frames = [clip.frames for clip in clips]
        self._device = device
        self._many_speakers = len(dataset.speakers) > 1
        self._starts = np.concatenate([[0], np.cumsum([clip.samples for clip in clips])])
        audio = np.empty(int(self._starts[-1]), dtype=np.int16)
        for clip, start in zip(clips, self._starts, strict=False):
            audio[start : start + clip.samples] = _read_wav(dataset, clip)
        self._audio = torch.from_numpy(audio)
        if device.type == "cuda" and audio.nbytes < free_memory(device) // 8:
            self._audio = self._audio.to(device)

    def batch(self, indices: Sequence[int]) -> Batch:
        """The clips of these indices as one padded batch on the training device."""
        clips = [self.clips[index] for index in indices]
        frames = _round_up(max(clip.frames for clip in clips), FRAME_MULTIPLE)
        phonemes = _round_up(max(len(clip.phoneme_ids) for clip in clips), PHONEME_MULTIPLE)
        ids = torch.zeros(len(clips), phonemes, dtype=torch.int64)
        for row, clip in enumerate(clips):
            ids[row, : len(clip.phoneme_ids)] = torch.tensor(clip.phoneme_ids)
        frame_lengths = self._to_device(torch.tensor([clip.frames for clip in clips]))
        edged = self._edged_audio(indices, frames)
        spectrogram = spectrogram_of_padded(edged)
        seen = torch.arange(frames, device=self._device) < frame_lengths[:, None]
        return Batch(
            phoneme_ids=self._to_device(ids),
            phoneme_lengths=self._to_device(torch.tensor([len(clip.phoneme_ids) for clip in clips])),
            spectrogram=spectrogram * seen[:, None],
            frame_lengths=frame_lengths,
            audio=edged[:, _EDGE:-_EDGE] * seen.repeat_interleave(HOP_LENGTH, dim=1),
            speaker_ids=self._to_device(torch.tensor([c.speaker_id for c in clips])) if self._many_speakers else None,
        )

    def _edged_audio(self, indices: Sequence[int], frames: int) -> Tensor:
        """Audio in [-1, 1], (B, 384 + 256·frames + 384), mirrored at each clip's own two ends as the STFT wants it."""
        where = self._audio.device
        starts = torch.tensor([int(self._starts[index]) for index in indices]).to(where, non_blocking=True)[:, None]
        last = torch.tensor([self.clips[index].samples - 1 for index in indices]).to(where, non_blocking=True)[:, None]
        position = torch.arange(-_EDGE, frames * HOP_LENGTH + _EDGE, device=where)[None]
        mirrored = last - (last - position.abs()).abs()
        audio = self._audio[starts + mirrored.clamp(min=0)]
        return self._to_device(audio).float() / 32768.0

    def _to_device(self, tensor: Tensor) -> Tensor:
        if self._device.type == "cuda" and tensor.device.type == "cpu":
            tensor = tensor.pin_memory()
        return tensor.to(self._device, non_blocking=True)


def plan_epoch(frames: Sequence[int], batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """The batches of one epoch: clips of like length together, composition and order new in every epoch.

    frames: length of each clip. Returns: indices per batch, each clip once, batch sizes as equal as they can be. The
    same seed and epoch give the same batches, so a step's number is all that a resumed run needs to know.
    """
    random = np.random.default_rng((seed, epoch))
    jittered = np.asarray(frames) * random.uniform(0.9, 1.1, len(frames))
    count = steps_per_epoch(len(frames), batch_size)
    batches = [chunk.tolist() for chunk in np.array_split(np.argsort(jittered, kind="stable"), count)]
    return [batches[index] for index in random.permutation(count)]


def steps_per_epoch(clips: int, batch_size: int) -> int:
    """Batches that hold every clip once."""
    return -(-clips // batch_size)


def split_by_frames(indices: Sequence[int], frames: Sequence[int], most: int | None) -> list[list[int]]:
    """Cut a batch into micro-batches whose padded frames do not exceed `most` (None: no limit), longest clips first."""
    if most is None:
        return [list(indices)]
    parts: list[list[int]] = []
    for index in sorted(indices, key=lambda i: -frames[i]):
        if parts and (len(parts[-1]) + 1) * frames[parts[-1][0]] <= most:
            parts[-1].append(index)
        else:
            parts.append([index])
    return parts


def _read_wav(dataset: PreparedDataset, clip: Clip) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    path = dataset.wav(clip)
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes())
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise StorageFailure(
            f"{path} cannot be read: {error}.", remedy="Delete the dataset and prepare it again; recordings are kept."
        ) from None
    if shape != (1, 2, dataset.sample_rate, clip.samples):
        raise StorageFailure(
            f"{path} is not as it was prepared.", remedy="Delete the dataset and prepare it again; recordings are kept."
        )
    return np.frombuffer(data, dtype="<i2")


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
