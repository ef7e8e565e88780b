"""What a fake microphone hears."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from coaxial.audio.resample import resample
from coaxial.audio.robot_speech import speak

RATE = 48_000

PAUSE = 1.0
"""Seconds between two sentences."""

NOISE = 10 ** (-66 / 20)
"""Of a quiet room."""

SENTENCES = ("The kettle sings before the morning begins.", "Seven grey geese crossed the frozen lake.")


def spoken(file: Path, level: float = 0.4) -> Path:
    """Write a WAV of sentences that a robot says; Chromium plays it again and again. level: of its loudest sample."""
    parts = []
    for sentence in SENTENCES:
        samples, rate = speak(sentence)
        loud = resample(samples, rate, RATE)
        parts += [np.zeros(round(PAUSE * RATE), np.float32), loud / np.abs(loud).max() * level]
    sound = np.concatenate(parts)
    sound += np.random.default_rng(1).normal(0, NOISE, len(sound)).astype(np.float32)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((sound.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return file
