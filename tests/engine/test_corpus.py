from __future__ import annotations

import numpy as np
import torch

from coaxial.engine.corpus import Corpus, plan_epoch, split_by_frames


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


def test_an_epoch_has_every_clip_once_and_is_the_same_for_the_same_number():
    frames = [int(value) for value in np.random.default_rng(0).integers(30, 900, 101)]
    first = plan_epoch(frames, 16, seed=5, epoch=3)
    assert sorted(index for batch in first for index in batch) == list(range(101))
    assert max(map(len, first)) <= 16
    assert min(map(len, first)) >= 14
    assert plan_epoch(frames, 16, seed=5, epoch=3) == first
    assert plan_epoch(frames, 16, seed=5, epoch=4) != first


def test_batches_of_like_length_pad_little():
    frames = [int(value) for value in np.random.default_rng(0).integers(30, 900, 1000)]
    padded = sum(len(batch) * max(frames[i] for i in batch) for batch in plan_epoch(frames, 16, seed=1, epoch=0))
    assert padded < 1.15 * sum(frames)


def test_micro_batches_keep_every_clip_and_stay_within_their_frames():
    frames = [100, 900, 400, 400, 200, 50]
    parts = split_by_frames(range(6), frames, 900)
    assert sorted(index for part in parts for index in part) == list(range(6))
    assert all(len(part) * max(frames[i] for i in part) <= 900 for part in parts)
    assert split_by_frames(range(6), frames, None) == [list(range(6))]
