"""Audio files to decode, made with FFmpeg's encoders."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt


def tone(seconds: float, rate: int, frequency: float = 440.0, amplitude: float = 0.5) -> npt.NDArray[np.float32]:
    """(n,) float32 sine."""
    times = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * frequency * times)).astype(np.float32)


def encode(
    path: Path,
    channels: npt.NDArray[np.float32],
    rate: int,
    codec: str = "pcm_s16le",
    layout: str = "mono",
    container: str | None = None,
) -> Path:
    """Write (channels, n) or (n,) float32 as an audio file; the container follows the name unless it is given."""
    channels = np.atleast_2d(channels).astype(np.float32)
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        # Interleaved, because PyAV looks for a ninth plane where there are eight channels.
        frame = av.AudioFrame.from_ndarray(channels.T.reshape(1, -1).copy(), format="flt", layout=layout)
        frame.sample_rate = rate
        context = stream.codec_context
        context.options = {"strict": "experimental"}
        size = context.frame_size or 1024
        resampler = av.AudioResampler(context.format or "s16", layout, rate, frame_size=size)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return path


def frequency_of(samples: npt.NDArray[np.float32], rate: int) -> float:
    """Hz of the strongest partial."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate / len(samples)
