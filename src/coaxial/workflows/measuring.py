"""Between what `audio` measures and what the store keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from coaxial.audio.measures import Measures as Measured
from coaxial.domain.flags import Figure, Flag, figures, flags
from coaxial.store.records import Measures, RecordingRecord


def as_measures(measured: Measured) -> Measures:
    """As the store keeps them; speech must have been found."""
    assert measured.speech_start is not None and measured.speech_end is not None
    return Measures(
        seconds=measured.seconds,
        rate=measured.sample_rate,
        channels=measured.channels,
        speech_start=measured.speech_start,
        speech_end=measured.speech_end,
        peak=measured.peak,
        loudness=measured.loudness,
        noise=measured.noise_floor,
        clipped=measured.clipped,
        begins=measured.begins,
        ends=measured.ends,
    )


def as_measured(measures: Measures) -> Measured:
    """As `audio` has them."""
    return Measured(
        seconds=measures.seconds,
        sample_rate=measures.rate,
        channels=measures.channels,
        speech_start=measures.speech_start,
        speech_end=measures.speech_end,
        peak=measures.peak,
        loudness=measures.loudness,
        noise_floor=measures.noise,
        clipped=measures.clipped,
        begins=measures.begins,
        ends=measures.ends,
    )


def figures_of(recording: RecordingRecord) -> Mapping[Figure, float | None]:
    """What the flags of a recording are told from."""
    measures = {key: value for key, value in asdict(recording.measures).items() if key not in ("rate", "channels")}
    return figures(phonemes=recording.phonemes, **measures)


def flags_of(recording: RecordingRecord) -> tuple[Flag, ...]:
    """What is doubtful about a recording, the worst first."""
    return flags(figures_of(recording))
