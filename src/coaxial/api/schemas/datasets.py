"""Datasets as the HTTP door shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from coaxial.api.paging import Page
from coaxial.api.schemas.names import Name
from coaxial.api.schemas.recordings import Flag
from coaxial.domain.options import PrepareOptions
from coaxial.domain.quality import Quality
from coaxial.store.records import DatasetRecord
from coaxial.workflows.dataset_clips import ShownClip
from coaxial.workflows.measuring import flags_of
from coaxial.workflows.preview_dataset import DatasetPreview as Foreseen

_NAME = "anna-medium-4f1c02ab"
_DATASET: dict[str, Any] = {
    "name": _NAME,
    "selection": "anna",
    "quality": "medium",
    "language": "en-US",
    "clips": 196,
    "minutes": 11.4,
    "options": {"quality": "medium", "loudness": -23.0, "margin": 0.25},
    "created": "2026-05-04T10:00:00Z",
}
_LEFT_OUT: dict[str, Any] = {
    "clip": "anna-0007-9f86d081",
    "reason": "Its speech is too short: a clip needs at least 0.37 s, margins included.",
}
_CLIP: dict[str, Any] = {
    "id": "anna-0007-9f86d081",
    "text": "The kettle sings.",
    "phonemes": "ðə kˈɛɾəl sˈɪŋz.",
    "ids": 37,
    "speaker": "anna",
    "seconds": 1.62,
    "held_out": False,
    "recording": 42,
    "flags": [],
    "audio": f"/api/datasets/{_NAME}/clips/anna-0007-9f86d081/audio",
}


class Options(BaseModel):
    """How recordings become a dataset."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_DATASET["options"]]})

    quality: Quality = Field(default=Quality.MEDIUM, description="Size of the network; decides sample rate and base.")
    loudness: Annotated[float, Field(ge=-50, le=-9, allow_inf_nan=False)] | None = Field(
        default=-23.0, description="Of every clip in LUFS, lowered where it would clip; null: as recorded."
    )
    margin: float = Field(
        default=0.25, ge=0, le=2, allow_inf_nan=False, description="Seconds of silence kept around the speech."
    )

    def chosen(self) -> PrepareOptions:
        """As workflows have them."""
        return PrepareOptions(self.quality, self.loudness, self.margin)


class NewDataset(BaseModel):
    """What is to be prepared."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "anna"}, {"name": "anna", "prompt_list": "first-sentences"}]},
    )

    name: Name = Field(description="A profile or a prompt list; several profiles become speakers.")
    prompt_list: Name | None = Field(default=None, description="Only the profile's recordings of this one.")
    options: Options = Field(default_factory=Options)


class Dataset(BaseModel):
    """A frozen, prepared selection of recordings."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DATASET]})

    name: str
    selection: str = Field(description="What it was prepared from.")
    quality: str
    language: str
    clips: int
    minutes: float
    options: dict[str, Any] = Field(description="What it was prepared with.")
    created: datetime


class DatasetPage(Page[Dataset]):
    """A page of datasets, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_DATASET], "total": 1}]})


class LeftOut(BaseModel):
    """A recording that could not be trained on."""

    clip: str = Field(description="What its clip would be called.")
    reason: str


class DatasetDetails(Dataset):
    """A dataset with what its folder says of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {**_DATASET, "speakers": {"anna": 0}, "held_out": 5, "left_out": [_LEFT_OUT], "runs": ["anna-medium-1"]}
            ]
        }
    )

    speakers: dict[str, int] = Field(description="Speaker to number.")
    held_out: int = Field(description="Clips that are for validation and never trained on.")
    left_out: list[LeftOut]
    runs: list[str] = Field(description="What was trained on it; it cannot be deleted before these.")


class Clip(BaseModel):
    """One prepared clip."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CLIP]})

    id: str
    text: str
    phonemes: str = Field(description="What a voice says for it, with stress, spaces and punctuation.")
    ids: int = Field(description="How many ids the network reads for it.")
    speaker: str
    seconds: float
    held_out: bool = Field(description="For validation, never trained on.")
    recording: int | None = Field(description="What it was made from; null where that was deleted since.")
    flags: list[Flag] = Field(description="Of the recording as it is now.")
    audio: str = Field(description="Where the clip is heard as the network hears it.")


class ClipPage(Page[Clip]):
    """A page of clips."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [_CLIP], "total": 196, "next": f"/api/datasets/{_NAME}/clips?limit=1&cursor=WzFd"}]
        }
    )


class WillBeLeftOut(BaseModel):
    """A recording that will be left out."""

    recording: int
    text: str
    seconds: float
    reason: str


class Spread(BaseModel):
    """How one figure is spread: counts in equal bins, what lies outside in the first or the last."""

    figure: str = Field(description="trimmed, loudness, above_noise or pace.")
    unit: str
    edges: list[float]
    counts: list[int] = Field(description="One fewer than edges.")
    median: float | None
    lowest: float | None
    highest: float | None


class DatasetPreview(BaseModel):
    """What a dataset would be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "anna",
                    "language": "en-US",
                    "selected": 198,
                    "usable": 196,
                    "minutes": 11.4,
                    "twice": 1,
                    "left_out": 1,
                    "first_left_out": [
                        {"recording": 42, "text": "Yes.", "seconds": 0.3, "reason": _LEFT_OUT["reason"]}
                    ],
                    "speakers": {"anna": 196},
                    "flags": {"noisy": 4},
                    "spread": [
                        {
                            "figure": "trimmed",
                            "unit": "s",
                            "edges": [0.0, 5.0, 10.0],
                            "counts": [150, 46],
                            "median": 3.4,
                            "lowest": 1.1,
                            "highest": 9.2,
                        }
                    ],
                }
            ]
        }
    )

    name: str
    language: str
    selected: int = Field(description="Kept recordings.")
    usable: int
    minutes: float = Field(description="Of the usable ones, as they will be trained on.")
    twice: int = Field(description="Recordings with the bytes of another one, which become one clip.")
    left_out: int
    first_left_out: list[WillBeLeftOut]
    speakers: dict[str, int] = Field(description="Usable recordings of each.")
    flags: dict[str, int] = Field(description="Usable recordings with each flag.")
    spread: list[Spread]


def shown(record: DatasetRecord) -> Dataset:
    """A dataset."""
    return Dataset(**_facts(vars(record)))


def details(found: Mapping[str, Any]) -> DatasetDetails:
    """A dataset with what its folder says, as `browse.show_dataset` has it."""
    left_out = [LeftOut(clip=row["recording"], reason=row["reason"]) for row in found["left_out"] or ()]
    return DatasetDetails(
        **_facts(found),
        speakers=found["speakers"] or {},
        held_out=found["held_out"] or 0,
        left_out=left_out,
        runs=found["runs"],
    )


def clip_shown(shown: ShownClip, dataset: str) -> Clip:
    """A clip."""
    clip = shown.clip
    recording = shown.recording
    return Clip(
        **{name: getattr(clip, name) for name in ("id", "text", "speaker", "held_out")},
        phonemes=shown.phonemes,
        ids=len(clip.phoneme_ids),
        seconds=round(shown.seconds, 3),
        recording=None if recording is None else recording.id,
        flags=[] if recording is None else [Flag(**vars(flag)) for flag in flags_of(recording)],
        audio=f"/api/datasets/{dataset}/clips/{clip.id}/audio",
    )


def previewed(preview: Foreseen) -> DatasetPreview:
    """A preview."""
    names = ("name", "language", "selected", "usable", "twice", "left_out")
    return DatasetPreview(
        **{name: getattr(preview, name) for name in names},
        minutes=round(preview.seconds / 60, 2),
        first_left_out=[
            WillBeLeftOut(
                recording=one.recording.id,
                text=one.recording.text,
                seconds=round(one.recording.measures.seconds, 3),
                reason=one.reason,
            )
            for one in preview.first_left_out
        ],
        speakers=dict(preview.speakers),
        flags=dict(preview.flags),
        spread=[Spread.model_validate(asdict(one)) for one in preview.spread],
    )


def _facts(found: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: found[name] for name in ("name", "selection", "quality", "language", "clips", "created")}
    return {**facts, "minutes": round(found["seconds"] / 60, 2), "options": dict(found["settings"])}
