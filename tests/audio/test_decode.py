from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from audio.encoding import encode, frequency_of, tone
from coaxial.audio.decode import Sound, count_in_runs, decode
from coaxial.domain.errors import UnreadableAudio


def refusal(path: Path, **limits: float) -> UnreadableAudio:
    with pytest.raises(UnreadableAudio) as caught:
        decode(path, **limits)
    return caught.value


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("8-bit.wav", "pcm_u8", 22050),
        ("16-bit.wav", "pcm_s16le", 44100),
        ("24-bit.wav", "pcm_s24le", 48000),
        ("32-bit.wav", "pcm_s32le", 96000),
        ("float.wav", "pcm_f32le", 48000),
        ("double.wav", "pcm_f64le", 48000),
        ("telephone.wav", "pcm_mulaw", 8000),
        ("a.mp3", "libmp3lame", 44100),
        ("a.flac", "flac", 48000),
        ("opus.ogg", "libopus", 48000),
        ("a.opus", "libopus", 48000),
        ("a.m4a", "aac", 44100),
        ("a.aac", "aac", 44100),
        ("a.webm", "libopus", 48000),
        ("a.aiff", "pcm_s16be", 44100),
    ],
)
def test_every_format_gives_the_sound_that_was_put_in(tmp_path, name, codec, rate):
    sound = decode(encode(tmp_path / name, tone(2.0, rate), rate, codec))
    assert sound.sample_rate == rate
    assert sound.channels == 1
    assert sound.seconds == pytest.approx(2.0, abs=0.06)
    assert frequency_of(sound.samples, rate) == pytest.approx(440, abs=1)
    # LAME itself turns mono down by a twentieth.
    assert np.sqrt(np.mean(sound.samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.06)
    assert sound.samples.dtype == np.float32


def test_ogg_vorbis_is_read(tmp_path):
    sound = decode(encode(tmp_path / "a.ogg", np.stack([tone(2.0, 44100)] * 2), 44100, "vorbis", "stereo"))
    assert (sound.sample_rate, sound.channels) == (44100, 2)
    assert frequency_of(sound.samples, 44100) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("rate", [4000, 8000, 11025, 16000, 88200, 192000, 384000])
def test_every_sample_rate_is_kept(tmp_path, rate):
    sound = decode(encode(tmp_path / "a.wav", tone(1.0, rate), rate))
    assert sound.sample_rate == rate
    assert len(sound.samples) == rate
    assert frequency_of(sound.samples, rate) == pytest.approx(440, abs=1.5)


@pytest.mark.parametrize(
    ("layout", "channels", "codec"),
    [("stereo", 2, "pcm_s16le"), ("5.1", 6, "flac"), ("7.1", 8, "flac"), ("7.1", 8, "pcm_s24le")],
)
def test_channels_are_mixed_to_their_mean(tmp_path, layout, channels, codec):
    parts = np.zeros((channels, 48000), dtype=np.float32)
    parts[0], parts[-1] = 0.5, 0.25
    path = tmp_path / ("a.flac" if codec == "flac" else "a.wav")
    sound = decode(encode(path, parts, 48000, codec, layout))
    assert sound.channels == channels
    assert sound.samples == pytest.approx(0.75 / channels, abs=1e-4)


@pytest.mark.parametrize(("name", "codec"), [("a.m4a", "aac"), ("a.webm", "libopus")])
def test_eight_channels_of_a_compressed_file_are_read(tmp_path, name, codec):
    # PyAV's own arrays of such frames end the process.
    parts = np.stack([tone(1.0, 48000, 440, 0.4)] * 8)
    sound = decode(encode(tmp_path / name, parts, 48000, codec, "7.1"))
    assert sound.channels == 8
    assert frequency_of(sound.samples, 48000) == pytest.approx(440, abs=1.5)


@pytest.mark.parametrize("name", ["a.wav", "a.txt", "a", "ä ö.flac"])
def test_a_wrong_name_does_not_matter(tmp_path, name):
    encode(tmp_path / "right.mp3", tone(2.0, 44100), 44100, "libmp3lame").rename(tmp_path / name)
    assert frequency_of(decode(tmp_path / name).samples, 44100) == pytest.approx(440, abs=1)


def test_a_name_that_is_not_unicode_does_not_matter(tmp_path):
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.wav"))
    encode(tmp_path / "right.wav", tone(1.0, 8000), 8000).rename(strange)
    assert decode(strange).seconds == pytest.approx(1.0)


def test_a_wav_that_was_cut_off_gives_what_is_there(tmp_path):
    path = encode(tmp_path / "a.wav", tone(2.0, 48000), 48000)
    path.write_bytes(path.read_bytes()[: 44 + 48000 * 2])
    assert decode(path).seconds == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.flac", "flac"), ("a.mp3", "libmp3lame"), ("a.ogg", "libopus"), ("a.webm", "libopus")]
)
def test_a_compressed_file_that_was_cut_off_gives_what_is_there(tmp_path, name, codec):
    path = encode(tmp_path / name, tone(4.0, 48000), 48000, codec)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 0.5 < decode(path).seconds < 3.9


def test_damage_in_the_middle_costs_only_the_middle(tmp_path):
    path = encode(tmp_path / "a.mp3", tone(4.0, 44100), 44100, "libmp3lame")
    content = bytearray(path.read_bytes())
    content[20000:24000] = bytes(4000)
    path.write_bytes(content)
    assert decode(path).seconds > 3.0


def test_a_header_without_sound_is_refused(tmp_path):
    path = encode(tmp_path / "a.wav", tone(1.0, 48000), 48000)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"data") + 8])
    assert "a.wav contains no sound that can be decoded." in refusal(path).message


def test_a_flac_that_breaks_in_its_header_is_refused(tmp_path):
    path = encode(tmp_path / "a.flac", tone(1.0, 48000), 48000, "flac")
    path.write_bytes(path.read_bytes()[:30])
    assert refusal(path).message


def test_a_missing_file_is_named(tmp_path):
    assert f"gone.wav does not exist in {tmp_path}." in str(refusal(tmp_path / "gone.wav"))


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "a.wav").touch()
    assert "a.wav is empty" in str(refusal(tmp_path / "a.wav"))


@pytest.mark.parametrize("content", [b"This is a text. " * 200, bytes(range(256)) * 50, b"\x00" * 9999, b"x", b"RIFF"])
def test_what_is_not_audio_is_refused(tmp_path, content):
    (tmp_path / "a.wav").write_bytes(content)
    refused = refusal(tmp_path / "a.wav")
    assert "a.wav" in refused.message
    assert refused.remedy


def test_a_folder_is_refused(tmp_path):
    assert "is a folder" in str(refusal(tmp_path))


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "a.wav")
    assert "pipe" in str(refusal(tmp_path / "a.wav"))


def test_a_film_without_sound_is_refused(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as output:
        stream = output.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        output.mux(stream.encode(None))
    assert "has no sound in it" in str(refusal(tmp_path / "a.mp4"))


def test_a_playlist_cannot_make_it_open_other_files(tmp_path):
    encode(tmp_path / "secret.aac", tone(2.0, 44100), 44100, "aac")
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nsecret.aac\n#EXT-X-ENDLIST\n"
    (tmp_path / "a.m3u8").write_text(playlist)
    (tmp_path / "a.wav").write_text("ffconcat version 1.0\nfile secret.aac\n")
    assert refusal(tmp_path / "a.m3u8")
    assert refusal(tmp_path / "a.wav")


def test_a_long_file_is_refused_before_it_fills_the_memory(tmp_path):
    path = encode(tmp_path / "a.flac", np.zeros(4000 * 120, dtype=np.float32), 8000, "flac")
    assert "a.flac is longer than 0.5 minutes." in str(refusal(path, max_seconds=30))
    assert decode(path, max_seconds=61).seconds == pytest.approx(60)


def test_an_unusual_sample_rate_is_refused_with_the_rate(tmp_path):
    path = encode(tmp_path / "a.wav", tone(1.0, 8000), 8000)
    content = bytearray(path.read_bytes())
    content[24:28] = (1000).to_bytes(4, "little")
    path.write_bytes(content)
    assert "1000 Hz" in str(refusal(path))


def test_not_a_number_becomes_silence(tmp_path):
    samples = tone(1.0, 48000)
    samples[100:200] = np.nan
    sound = decode(encode(tmp_path / "a.wav", samples, 48000, "pcm_f32le"))
    assert np.isfinite(sound.samples).all()
    assert not sound.samples[100:200].any()


def test_clipping_is_counted_in_each_channel_before_they_are_mixed(tmp_path):
    stereo = np.zeros((2, 10_000), dtype=np.float32)
    stereo[0, 100:200] = 1.0
    stereo[0, 300:350] = -1.0
    stereo[1, 500:502] = 1.0
    sound = decode(encode(tmp_path / "a.wav", stereo, 48000, "pcm_s16le", "stereo"))
    assert sound.clipped == pytest.approx(150 / 20_000)


def test_clipping_is_counted_across_blocks_of_work(tmp_path):
    samples = np.zeros(3 << 20, dtype=np.float32)
    samples[100_000:3_000_000] = 1.0
    assert decode(encode(tmp_path / "a.wav", samples, 48000)).clipped == pytest.approx(2_900_000 / (3 << 20))


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_f32le"])
def test_full_scale_is_known_for_every_sample_format(tmp_path, codec):
    samples = np.clip(3 * tone(1.0, 48000), -1, 1)
    assert decode(encode(tmp_path / "loud.wav", samples, 48000, codec)).clipped > 0.5
    assert decode(encode(tmp_path / "fine.wav", samples * 0.97, 48000, codec)).clipped == 0


@pytest.mark.parametrize("cut", range(1, 12))
def test_runs_are_counted_the_same_wherever_they_are_cut(cut):
    flags = np.array([1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1], dtype=bool)
    first, carried = count_in_runs(flags[:cut])
    second, _ = count_in_runs(flags[cut:], carried)
    assert first + second == 7


def test_nothing_is_written_to_the_terminal(tmp_path, capfd):
    path = encode(tmp_path / "a.mp3", tone(4.0, 44100), 44100, "libmp3lame")
    path.write_bytes(path.read_bytes()[:9999] + b"garbage" * 999 + path.read_bytes()[20000:])
    decode(path)
    (tmp_path / "b.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt garbage" * 9)
    refusal(tmp_path / "b.wav")
    assert capfd.readouterr() == ("", "")


def test_decoding_does_not_import_torch():
    code = "import sys, coaxial.audio.measure, coaxial.dataset.prepare; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_real_recordings_are_read_whole(speech):
    sound = decode(next((speech / "kathleen-40-original" / "wav").glob("arctic_a0112*.flac")))
    assert isinstance(sound, Sound)
    assert (sound.sample_rate, sound.channels, sound.clipped) == (48000, 2, 0.0)
    assert sound.seconds == pytest.approx(1.5669, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "codec", "layout"),
    [
        ("a.mp3", "libmp3lame", "mono"),
        ("a.wav", "pcm_s24le", "mono"),
        ("a.m4a", "aac", "7.1"),
        ("a.webm", "libopus", "mono"),
    ],
)
def test_no_damage_gives_anything_but_sound_or_a_sentence(tmp_path, name, codec, layout):
    channels = 8 if layout == "7.1" else 1
    whole = encode(tmp_path / name, np.stack([tone(0.3, 48000)] * channels), 48000, codec, layout).read_bytes()
    random = np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(whole)
        for position in random.integers(0, min(len(whole), 800), random.integers(1, 20)):
            damaged[position] = random.integers(0, 256)
        (tmp_path / name).write_bytes(damaged)
        try:
            assert len(decode(tmp_path / name).samples)
        except UnreadableAudio as error:
            assert name in error.message
