"""Voices as the HTTP door shows them."""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coaxial.api.paging import Page
from coaxial.workflows.voice_files import VoiceDetails

_LANGUAGE: dict[str, Any] = {
    "code": "en_US",
    "name_native": "English",
    "name_english": "English",
    "country_english": "United States",
}
_VOICE: dict[str, Any] = {
    "name": "en_US-anna-medium",
    "language": "en-US",
    "quality": "medium",
    "sample_rate": 22050,
    "speakers": [],
    "run": "anna-medium-1",
    "checkpoint": "best.ckpt",
    "created": "2026-05-04T11:02:33Z",
    "size": 64_012_345,
    "can_speak": True,
    "href": "/api/voices/en_US-anna-medium",
}
_CARD: dict[str, Any] = {
    "title": "Anna",
    "language": _LANGUAGE,
    "quality": "medium",
    "sample_rate": 22050,
    "coaxial": "0.1.0",
    "created": "2026-05-04T11:02:30Z",
    "dataset": "anna-medium-4f1c02ab93de",
    "clips": 420,
    "seconds": 2145.5,
    "speakers": {"anna": 0},
    "base": "en-US.amy",
    "base_licence": "fine-tuned from lessac: research only",
    "run": "anna-medium-1",
    "checkpoint": "best.ckpt",
    "step": 20000,
    "epoch": 1523,
    "validation_mel": 0.4321,
    "licence": "CC0-1.0",
    "consent": "Recorded by myself, for everybody",
    "proof": {"utterances": 4, "largest_difference": 2.1e-05, "spoken_seconds": 3.2},
}
_FILE: dict[str, Any] = {
    "name": "en_US-anna-medium.onnx",
    "size": 63_482_314,
    "href": "/api/voices/en_US-anna-medium/files/en_US-anna-medium.onnx",
}
_SAMPLE: dict[str, Any] = {
    "text": "The kettle sings before the morning begins.",
    "href": "/api/voices/en_US-anna-medium/files/samples/1.wav",
}


def _example(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class Voice(BaseModel):
    """An exported voice."""

    model_config = _example(_VOICE)

    name: str = Field(description="Of its files, without extension; what it is called everywhere.")
    language: str
    quality: str
    sample_rate: int | None = Field(description="Hz; null where its `.onnx.json` is missing or damaged.")
    speakers: list[str] = Field(description="Names to choose from; empty for a voice of one speaker.")
    run: str = Field(description="Empty where the run was deleted since.")
    checkpoint: str
    created: datetime
    size: int = Field(description="Bytes of all files together.")
    can_speak: bool = Field(description="Whether both files that Piper needs are there.")
    href: str = Field(description="Where all that is known of it is shown.")


class VoicePage(Page[Voice]):
    """A page of voices, by name."""

    model_config = _example({"items": [_VOICE], "total": 1, "next": None})


class CardLanguage(BaseModel):
    """A language as Piper's own voices name it."""

    code: str
    name_native: str
    name_english: str
    country_english: str


class CardProof(BaseModel):
    """What was found when the voice was proven before it was shown."""

    utterances: int = Field(description="That were computed by PyTorch and by ONNX Runtime.")
    largest_difference: float = Field(description="Between their samples; full scale is 1.")
    spoken_seconds: float = Field(description="That Piper's own runtime spoke.")


class Card(BaseModel):
    """What the voice is made of, and what may be done with it."""

    model_config = _example(_CARD)

    title: str = Field(description="As the person calls it.")
    language: CardLanguage
    quality: str
    sample_rate: int
    coaxial: str = Field(description="Version that exported it.")
    created: datetime
    dataset: str
    clips: int
    seconds: float = Field(description="Of speech that it was trained on.")
    speakers: dict[str, int] = Field(description="Name to number.")
    base: str = Field(description="Checkpoint that training started from; empty for random weights.")
    base_licence: str = Field(description="Licence and lineage of that, which the voice inherits; empty: not known.")
    run: str
    checkpoint: str
    step: int
    epoch: int
    validation_mel: float | None = Field(description="Mel error on held-out sentences; null where none were held out.")
    licence: str = Field(description="Empty: not stated.")
    consent: str = Field(description="Of the person whose voice it is; empty: not stated.")
    proof: CardProof


class VoiceFile(BaseModel):
    """One of its files."""

    name: str
    size: int = Field(description="Bytes.")
    href: str


class VoiceSample(BaseModel):
    """A sentence that it spoke when it was exported."""

    text: str
    href: str = Field(description="A WAV file.")


class TakeHome(BaseModel):
    """How another program speaks with it."""

    files: list[str] = Field(description="That the program needs, names as they have to stay.")
    folder: str = Field(description="Where they go; empty for any folder.")
    command: str = Field(description="To copy into a terminal.")
    then: str = Field(description="What is left to do, in a sentence; empty for nothing.")


class VoiceDetail(Voice):
    """All that is known of a voice."""

    model_config = _example(
        {
            **_VOICE,
            "card": _CARD,
            "card_markdown": "# en_US-anna-medium\n\nA voice for Piper: …\n",
            "files": [_FILE],
            "samples": [_SAMPLE],
            "archive": "/api/voices/en_US-anna-medium/archive",
            "speech": "/api/voices/en_US-anna-medium/speech",
            "piper": {
                "files": ["en_US-anna-medium.onnx", "en_US-anna-medium.onnx.json"],
                "folder": "",
                "command": "python -m piper -m en_US-anna-medium.onnx -f out.wav -- 'The kettle sings.'",
                "then": "",
            },
            "home_assistant": {
                "files": ["en_US-anna-medium.onnx", "en_US-anna-medium.onnx.json"],
                "folder": "/share/piper",
                "command": "cp en_US-anna-medium.onnx en_US-anna-medium.onnx.json /share/piper/",
                "then": "Restart the Piper add-on, and choose en_US-anna-medium under Settings → Voice assistants.",
            },
            "removal": "The voice en_US-anna-medium goes with its files. The run it was exported from stays.",
        }
    )

    card: Card | None = Field(description="null for a voice that was exported by a version without it.")
    card_markdown: str = Field(description="The card for people; empty where it is missing.")
    files: list[VoiceFile]
    samples: list[VoiceSample]
    archive: str = Field(description="All files as a ZIP.")
    speech: str = Field(description="Where it is made to speak.")
    piper: TakeHome
    home_assistant: TakeHome
    removal: str = Field(description="What deleting it takes away, for the person to decide on.")


class NewVoice(BaseModel):
    """Which checkpoint becomes a voice."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"run": "anna-medium-1", "checkpoint": "best"}]}
    )

    run: str = Field(min_length=1, max_length=200)
    checkpoint: str = Field(
        default="best", min_length=1, max_length=200, description="best, last, or a file that the run lists."
    )


class RemovedVoice(BaseModel):
    """What was deleted."""

    model_config = _example(
        {
            "name": "en_US-anna-medium",
            "removed": "The voice en_US-anna-medium goes with its files. The run it was exported from stays.",
        }
    )

    name: str
    removed: str = Field(description="What went and what stays.")


def href_of(voice: str) -> str:
    """Where a voice is shown."""
    return f"/api/voices/{quote(voice, safe='')}"


def shown(found: VoiceDetails) -> Voice:
    """A voice for the list."""
    return Voice(**_fields(found))


def shown_in_detail(found: VoiceDetails, removal: str) -> VoiceDetail:
    """A voice alone."""
    name, href = found.record.name, href_of(found.record.name)
    names = {file.name for file in found.files}
    return VoiceDetail(
        **_fields(found),
        card=_card(found),
        card_markdown=found.card_markdown,
        files=[VoiceFile(name=one.name, size=one.size, href=f"{href}/files/{quote(one.name)}") for one in found.files],
        samples=[
            VoiceSample(text=one.text, href=f"{href}/files/{quote(one.file)}")
            for one in found.samples
            if one.file in names
        ],
        archive=f"{href}/archive",
        speech=f"{href}/speech",
        piper=_piper(name, found.samples[0].text if found.samples else "Hello."),
        home_assistant=_home_assistant(name),
        removal=removal,
    )


def _fields(found: VoiceDetails) -> dict[str, Any]:
    record = found.record
    return {
        **{key: getattr(record, key) for key in ("name", "language", "quality", "run", "checkpoint", "created")},
        "sample_rate": found.sample_rate,
        "speakers": list(found.speakers),
        "size": sum(file.size for file in found.files),
        "can_speak": found.can_speak,
        "href": href_of(record.name),
    }


def _card(found: VoiceDetails) -> Card | None:
    try:
        return Card.model_validate(found.card)
    except ValidationError:
        return None


def _piper(name: str, sentence: str) -> TakeHome:
    command = f"python -m piper -m {shlex.quote(f'{name}.onnx')} -f out.wav -- {shlex.quote(sentence)}"
    then = "Run it in the folder of the two files. Piper itself comes with: pip install piper-tts"
    return TakeHome(files=_pair(name), folder="", command=command, then=then)


def _home_assistant(name: str) -> TakeHome:
    files = _pair(name)
    return TakeHome(
        files=files,
        folder="/share/piper",
        command=f"cp {' '.join(map(shlex.quote, files))} /share/piper/",
        then=f"Restart the Piper add-on (wyoming-piper), and choose {name} under Settings → Voice assistants.",
    )


def _pair(name: str) -> list[str]:
    return [f"{name}.onnx", f"{name}.onnx.json"]
