from __future__ import annotations

import numpy as np
import torch

from coaxial.engine.corpus import Corpus
from coaxial.engine.plan import Paddings


def test_a_clip_in_a_batch_has_the_spectrogram_it_has_alone(hum):
    corpus = Corpus(hum, hum.clips, torch.device("cpu"))
    together = corpus.batch(range(len(hum.clips)))
    for index, clip in enumerate(hum.clips):
        alone = corpus.batch([index])
        assert torch.equal(together.spectrogram[index, :, : clip.frames], alone.spectrogram[0, :, : clip.frames])


def test_a_spectrogram_is_the_one_of_the_clips_own_audio_mirrored_at_both_ends(hum):
    corpus = Corpus(hum, hum.clips, torch.device("cpu"))
    batch = corpus.batch([3, 1])
    for row, index in enumerate([3, 1]):
        clip = hum.clips[index]
        audio = np.frombuffer(hum.wav(clip).read_bytes()[44:], dtype="<i2") / 32768.0
        edged = np.pad(audio, 384, mode="reflect")
        window = np.hanning(1025)[:-1]
        starts = range(0, clip.frames * 256, 256)
        power = np.abs(np.fft.rfft([edged[s : s + 1024] * window for s in starts])) ** 2
        expected = torch.from_numpy(np.sqrt(power + 1e-6).T).float()
        torch.testing.assert_close(batch.spectrogram[row, :, : clip.frames], expected, rtol=1e-3, atol=1e-4)


def test_what_is_past_a_clips_end_is_silent(hum):
    corpus = Corpus(hum, hum.clips, torch.device("cpu"))
    batch = corpus.batch(range(len(hum.clips)))
    for row, clip in enumerate(hum.clips):
        assert batch.spectrogram[row, :, clip.frames :].abs().sum() == 0
        assert batch.audio[row, clip.frames * 256 :].abs().sum() == 0
        assert batch.phoneme_ids[row, len(clip.phoneme_ids) :].sum() == 0


def test_a_batch_is_padded_to_the_smallest_shape_that_its_clips_fit(hum):
    corpus = Corpus(hum, hum.clips, torch.device("cpu"))
    alone = corpus.batch([0])
    corpus.paddings = Paddings([(96, 48), (160, 64)])
    padded = corpus.batch([0])
    assert padded.spectrogram.shape[2] == 96 and padded.phoneme_ids.shape[1] == 48
    frames, phonemes = alone.spectrogram.shape[2], alone.phoneme_ids.shape[1]
    assert torch.equal(padded.spectrogram[:, :, :frames], alone.spectrogram)
    assert torch.equal(padded.phoneme_ids[:, :phonemes], alone.phoneme_ids)
    assert padded.spectrogram[:, :, frames:].abs().sum() + padded.phoneme_ids[:, phonemes:].sum() == 0
