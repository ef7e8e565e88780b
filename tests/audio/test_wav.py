from __future__ import annotations

import wave

import numpy as np
import pytest

from audio.encoding import encode, tone
from coaxial.audio.decode import decode
from coaxial.audio.wav import HEADER_BYTES, from_pcm, read_wav, to_pcm, write_wav
from coaxial.domain.errors import UnreadableAudio


def test_what_is_written_is_read_again(tmp_path):
    pcm = to_pcm(tone(1.0, 22050))
    write_wav(tmp_path / "a.wav", pcm, 22050)
    again, rate = read_wav(tmp_path / "a.wav")
    assert rate == 22050
    assert np.array_equal(again, pcm)
    assert (tmp_path / "a.wav").stat().st_size == HEADER_BYTES + 2 * 22050


def test_others_read_16_bit_mono(tmp_path):
    write_wav(tmp_path / "a.wav", to_pcm(tone(1.0, 16000)), 16000)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getparams()[:4] == (1, 2, 16000, 16000)
    assert decode(tmp_path / "a.wav").samples == pytest.approx(tone(1.0, 16000), abs=2 / 32768)


def test_samples_are_rounded_and_held_at_full_scale():
    assert to_pcm(np.array([0.0, 1.0, -1.0, 2.0, -2.0, 0.6 / 32768], dtype=np.float32)).tolist() == [
        *(0, 32767, -32768, 32767, -32768, 1)
    ]
    assert from_pcm(to_pcm(np.float32([0.25, -0.5]))).tolist() == [0.25, -0.5]


def test_other_wavs_are_refused(tmp_path):
    stereo = encode(tmp_path / "stereo.wav", np.zeros((2, 999), dtype=np.float32), 22050, layout="stereo")
    (tmp_path / "text.wav").write_text("no audio")
    for path in (stereo, tmp_path / "text.wav", tmp_path / "gone.wav"):
        with pytest.raises(UnreadableAudio):
            read_wav(path)
