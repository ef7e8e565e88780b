"""Recordings as the HTTP door shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from coaxial.api.paging import Page
from coaxial.api.schemas.names import Line
from coaxial.store import LARGEST_ID
from coaxial.store.records import RecordingRecord, RecordingState
from coaxial.workflows.measuring import figures_of, flags_of

_FLAG: dict[str, Any] = {
    "code": "noisy",
    "useless": False,
    "sentence": "Noisy: the speech is only 12 dB above the background.",
}
_RECORDING: dict[str, Any] = {
    "id": 42,
    "profile": "anna",
    "prompt_list": "first-sentences",
    "position": 7,
    "text": "The kettle sings before the morning begins.",
    "speaker": "",
    "source": "anna-0007",
    "state": "kept",
    "created": "2026-05-04T09:30:00Z",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "measures": {
        "seconds": 3.61,
        "rate": 48000,
        "channels": 1,
        "speech_start": 0.42,
        "speech_end": 3.17,
        "trimmed": 3.25,
        "peak": -7.4,
        "loudness": -21.8,
        "noise": -33.9,
        "above_noise": 12.1,
        "clipped": 0.0,
        "pace": 12.7,
    },
    "flags": [_FLAG],
    "audio": "/api/recordings/42/audio",
}


class Flag(BaseModel):
    """Something doubtful about a recording."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FLAG]})

    code: str = Field(
        description="clipped, too_loud, silent, too_quiet, noisy, cut_off_start, cut_off_end, too_short, too_long, "
        "text_too_short or text_too_long."
    )
    useless: bool = Field(description="Whether the recording cannot be trained on; else it is a doubt.")
    sentence: str = Field(description="For the person.")


class Measures(BaseModel):
    """What was measured in a recording."""

    seconds: float
    rate: int = Field(description="Samples a second, of the original.")
    channels: int
    speech_start: float = Field(description="Seconds from the beginning to where speech begins.")
    speech_end: float = Field(description="Seconds from the beginning to where speech ends.")
    trimmed: float = Field(description="Seconds of speech with a quarter second around it: what is trained on.")
    peak: float = Field(description="Largest sample, dBFS.")
    loudness: float = Field(description="LUFS (ITU-R BS.1770).")
    noise: float = Field(description="Level of the quiet parts, dBFS.")
    above_noise: float = Field(description="Decibels of loudness over noise.")
    clipped: float = Field(description="Fraction of samples in runs at full scale.")
    pace: float | None = Field(description="Phonemes a second; null where they were not counted yet.")


class Recording(BaseModel):
    """One take of one prompt by one profile."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RECORDING]})

    id: int
    profile: str
    prompt_list: str
    position: int = Field(description="Of its prompt in the list, from 1.")
    text: str = Field(description="What is said in it.")
    speaker: str = Field(description="As an imported corpus names the speaker; empty where it names none.")
    source: str = Field(description="Name in the import it came with, or the one that the recorder gave it.")
    state: RecordingState = Field(
        description="kept: in use. superseded: a newer take took its place. excluded: set aside by the person."
    )
    created: datetime = Field(description="When it was recorded or imported.")
    sha256: str = Field(description="Of the untouched original.")
    measures: Measures
    flags: list[Flag] = Field(description="What is doubtful, the worst first; empty for a good take.")
    audio: str = Field(description="Where the original is heard; `?format=playable` where browsers should play it.")


class RecordingPage(Page[Recording]):
    """A page of recordings."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [_RECORDING], "total": 214, "next": "/api/recordings?limit=1&cursor=WzFd"}]
        }
    )


class RecordingChange(BaseModel):
    """What to change of a recording; what is not given stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"state": "excluded"}, {"text": "The kettle sings."}]}
    )

    state: Literal["kept", "excluded"] | None = Field(
        default=None,
        description="excluded sets it aside; kept takes it in again, and a superseded take then takes the place of the "
        "newer one.",
    )
    text: Line | None = Field(default=None, description="What is really said in it.")


class NumberedChange(RecordingChange):
    """What to change of one of many recordings."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": 42, "state": "excluded"}]})

    id: int = Field(ge=1, le=LARGEST_ID)


class RecordingChanges(BaseModel):
    """Changes that are made all together or not at all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"changes": [{"id": 42, "state": "excluded"}, {"id": 43, "state": "kept"}]}]},
    )

    changes: list[NumberedChange] = Field(min_length=1, max_length=1000)


class ChangedRecordings(BaseModel):
    """Recordings as they are after their changes, in the order of these."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_RECORDING]}]})

    items: list[Recording]


class Waveform(BaseModel):
    """The outline of a recording."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "seconds": 3.61,
                    "speech_start": 0.42,
                    "speech_end": 3.17,
                    "lowest": [-0.002, -0.31, -0.004],
                    "highest": [0.002, 0.28, 0.003],
                }
            ]
        }
    )

    seconds: float
    speech_start: float
    speech_end: float
    lowest: list[float] = Field(description="Least sample of each of as many equal stretches, -1 to 1.")
    highest: list[float] = Field(description="Largest sample of each.")


def shown(recording: RecordingRecord) -> Recording:
    """A recording with its flags."""
    found, told = recording.measures, figures_of(recording)
    pace = told["pace"]
    measures = Measures(
        seconds=round(found.seconds, 3),
        rate=found.rate,
        channels=found.channels,
        speech_start=round(found.speech_start, 3),
        speech_end=round(found.speech_end, 3),
        trimmed=round(told["trimmed"] or 0.0, 3),
        peak=round(found.peak, 1),
        loudness=round(found.loudness, 1),
        noise=round(found.noise, 1),
        above_noise=round(told["above_noise"] or 0.0, 1),
        clipped=round(found.clipped, 5),
        pace=None if pace is None else round(pace, 1),
    )
    names = ("id", "profile", "prompt_list", "position", "text", "speaker", "source", "state", "created", "sha256")
    return Recording(
        **{name: getattr(recording, name) for name in names},
        measures=measures,
        flags=[Flag(**vars(flag)) for flag in flags_of(recording)],
        audio=f"/api/recordings/{recording.id}/audio",
    )


def all_shown(recordings: Sequence[RecordingRecord]) -> list[Recording]:
    """Several."""
    return [shown(recording) for recording in recordings]
