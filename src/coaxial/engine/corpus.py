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
from torch.nn import functional as F

from coaxial.domain.errors import EmptyDataset, StorageFailure
from coaxial.domain.prepared import Clip, PreparedDataset
from coaxial.domain.quality import FFT_SIZE, HOP_LENGTH
from coaxial.engine.device import free_memory
from coaxial.engine.mel import spectrogram_of_padded
from coaxial.engine.plan import Paddings, round_up
from coaxial.engine.vits.batch import Batch

_EDGE = (FFT_SIZE - HOP_LENGTH) // 2


class Corpus:
    """The clips of one side (training or held out) of a dataset."""

    def __init__(self, dataset: PreparedDataset, clips: Sequence[Clip], device: torch.device) -> None:
        """Read every clip's WAV. Raises: StorageFailure where one is missing or not as it was prepared."""
        if not clips:
            raise EmptyDataset(f"The dataset {dataset.name} has no clips to train on.")
        self.clips = clips
        self.frames = [clip.frames for clip in clips]
        self.phonemes = [len(clip.phoneme_ids) for clip in clips]
        self.seconds = sum(clip.samples for clip in clips) / dataset.sample_rate
        self.paddings: Paddings | None = None
        """The shapes that batches are padded to; None: to what their clips need."""
        self._device = device
        self._many_speakers = len(dataset.speakers) > 1
        starts = np.cumsum([0, *(clip.samples for clip in clips)])
        audio = np.empty(int(starts[-1]), dtype=np.int16)
        for clip, start in zip(clips, starts, strict=False):
            audio[start : start + clip.samples] = _read_wav(dataset, clip)
        self._audio = torch.from_numpy(audio)
        if device.type == "cuda" and audio.nbytes < free_memory(device) // 8:
            self._audio = self._audio.to(device)
        ids = np.zeros((len(clips), max(self.phonemes)), dtype=np.int64)
        for row, clip in enumerate(clips):
            ids[row, : len(clip.phoneme_ids)] = clip.phoneme_ids
        self._ids = torch.from_numpy(ids).to(device)
        self._lengths = torch.tensor([self.frames, self.phonemes, [clip.speaker_id for clip in clips]], device=device)
        ends = [[int(start), clip.samples - 1] for start, clip in zip(starts, clips, strict=False)]
        self._ends = torch.tensor(ends, device=self._audio.device)

    def batch(self, indices: Sequence[int]) -> Batch:
        """The clips of these indices as one padded batch on the training device; waits for nothing."""
        frames, phonemes = self._padded(indices)
        here = torch.tensor(indices)
        rows = self._to_device(here)
        edged = self._edged_audio(rows if self._audio.device == rows.device else here, frames)
        frame_lengths, phoneme_lengths, speaker_ids = self._lengths[:, rows].unbind()
        ids = self._ids[rows, :phonemes]
        seen = torch.arange(frames, device=self._device) < frame_lengths[:, None]
        return Batch(
            phoneme_ids=F.pad(ids, (0, phonemes - ids.shape[1])),
            phoneme_lengths=phoneme_lengths,
            spectrogram=spectrogram_of_padded(edged) * seen[:, None],
            frame_lengths=frame_lengths,
            audio=edged[:, _EDGE:-_EDGE] * seen.repeat_interleave(HOP_LENGTH, dim=1),
            speaker_ids=speaker_ids if self._many_speakers else None,
        )

    def padded_frames(self, indices: Sequence[int]) -> int:
        """Frames that a batch of these indices is padded to."""
        return self._padded(indices)[0]

    def _padded(self, indices: Sequence[int]) -> tuple[int, int]:
        longest = max(self.frames[index] for index in indices)
        if self.paddings is not None:
            return self.paddings.around(longest)
        return round_up(longest), round_up(max(self.phonemes[index] for index in indices))

    def _edged_audio(self, rows: Tensor, frames: int) -> Tensor:
        """Audio in [-1, 1], (B, 384 + 256·frames + 384), mirrored at each clip's own two ends as the STFT wants it."""
        starts, last = self._ends[rows].unsqueeze(2).unbind(1)
        position = torch.arange(-_EDGE, frames * HOP_LENGTH + _EDGE, device=rows.device)[None]
        mirrored = last - (last - position.abs()).abs()
        audio = self._audio[starts + mirrored.clamp(min=0)]
        return self._to_device(audio).float() / 32768.0

    def _to_device(self, tensor: Tensor) -> Tensor:
        if self._device.type == "cuda" and tensor.device.type == "cpu":
            tensor = tensor.pin_memory()
        return tensor.to(self._device, non_blocking=True)


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
