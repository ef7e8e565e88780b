"""Base checkpoints as the HTTP door shows them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from coaxial.api.schemas.downloads import EXAMPLE as A_DOWNLOAD
from coaxial.api.schemas.downloads import Download
from coaxial.checkpoints.base_checkpoint import Origin
from coaxial.checkpoints.origin import Writer
from coaxial.domain.quality import Quality

# FastAPI leaves out what is null in an example, so that only a checkpoint of which everything is known can be one.
_LESSAC = "https://huggingface.co/datasets/rhasspy/piper-checkpoints/resolve/main/en/en_US/lessac/medium"
_CHECKPOINT: dict[str, Any] = {
    "id": "en-US.lessac",
    "voice_id": "lessac",
    "language_code": "en-US",
    "name": "Lessac",
    "gender": "Female",
    "dataset": "Blizzard 2013 Lessac",
    "quality": "Medium",
    "tier": "medium",
    "url": f"{_LESSAC}/epoch%3D2164-step%3D1355540.ckpt",
    "config_url": f"{_LESSAC}/config.json",
    "phoneme_type": "espeak",
    "espeak_voice": "en-us",
    "sample_rate": 22050,
    "speaker_id": 0,
    "speakers": 1,
    "licence": "Blizzard 2013 Lessac licence: research only, no commercial use "
    "(https://www.cstr.ed.ac.uk/projects/blizzard/2013/lessac_blizzard2013/license.html)",
    "lineage": "from scratch",
    "size": 845_898_328,
    "size_estimate": 845_898_088,
    "sha256": "ab7e5b8dab40f834b7cc58ae4ad7b7009c954b901e4ddbb784bbe11ce379a1cd",
    "stands_in": "",
    "origin": "catalog",
    "description": "An American woman reading, trained from scratch: the base that most other voices were fine-tuned "
    "from; its recordings are for research only.",
    "downloaded": False,
    "path": "",
    "bytes_on_disk": 211_000_000,
    "used": "",
    "download": A_DOWNLOAD,
}
_INSPECTION: dict[str, Any] = {
    "is_voice": False,
    "quality": "medium",
    "sample_rate": 22050,
    "num_symbols": 256,
    "num_speakers": 1,
    "writer": Writer.OLD_PIPER.value,
    "generator_parameters": 23_663_792,
    "discriminator_parameters": 46_747_132,
    "epoch": 2164,
    "step": 1_355_540,
    "has_discriminator": True,
    "has_multi_resolution_discriminator": False,
    "has_optimizer_states": True,
    "missing": [],
    "unknown": [],
    "broken_weights": 0,
    "leftovers": ["settings of the old trainer (channels, sample_bytes): piper.train --ckpt_path fails on them"],
}
_FILE = "/home/anna/.local/share/coaxial/checkpoints/en-US_lessac.ckpt"
_DETAILS: dict[str, Any] = {
    **{key: value for key, value in _CHECKPOINT.items() if key != "download"},
    "downloaded": True,
    "path": _FILE,
    "bytes_on_disk": 845_898_328,
    "source": f"{_LESSAC}/epoch%3D2164-step%3D1355540.ckpt",
    "arrived": "2026-05-04T09:31:02+00:00",
    "inspection": _INSPECTION,
}
_CACHED: dict[str, Any] = {
    "id": "en-US.lessac",
    "state": "downloaded",
    "size": 845_898_328,
    "downloaded": "2026-05-04T09:31:02+00:00",
    "used": "",
    "path": _FILE,
}


def _example(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(from_attributes=True, json_schema_extra={"examples": [example]})


class Checkpoint(BaseModel):
    """A base checkpoint that a voice can start from."""

    model_config = _example(_CHECKPOINT)

    id: str = Field(description="As every door names it: language_code.voice_id.")
    voice_id: str
    language_code: str
    name: str = Field(description="As people call the voice.")
    gender: str = Field(description="Of the speaker, to show: Female, Male, Mixed, Non-binary, Unknown.")
    dataset: str = Field(description="The recordings it was trained on, or Unknown.")
    quality: str = Field(description="The tier, to show.")
    tier: Quality = Field(description="The tier, as options take it.")
    url: str = Field(description="Where it is fetched from; empty for a file that was imported.")
    config_url: str
    phoneme_type: str
    espeak_voice: str
    sample_rate: int = Field(description="In Hz.")
    speaker_id: int = Field(description="The speaker to start from, where there are several.")
    speakers: int | None = Field(description="How many; null where that is not known.")
    licence: str = Field(description="Of the recordings, or Unknown.")
    lineage: str = Field(description="What its own training started from, or Unknown.")
    size: int | None = Field(description="Exact bytes of the file; null where nobody has published them.")
    size_estimate: int | None = Field(description="About how many bytes it should have.")
    sha256: str = Field(description="Of the file; empty where not known.")
    stands_in: str = Field(description="Id of the checkpoint that this one really is; empty where it is itself.")
    origin: Origin
    description: str
    downloaded: bool = Field(description="Whether it is on this machine, whole.")
    path: str = Field(description="Where it lies; empty while it is not here.")
    bytes_on_disk: int = Field(description="Of the file, or of the part of it that has come.")
    used: str = Field(description="When a run last started from it (ISO 8601); empty for never.")
    download: Download | None = Field(default=None, description="The latest download of it; null for none.")


class CheckpointList(BaseModel):
    """Base checkpoints, best first within each language."""

    model_config = _example({"checkpoints": [_CHECKPOINT]})

    checkpoints: list[Checkpoint]


class Inspection(BaseModel):
    """What a checkpoint's file holds. What is null was not found in it, or not looked at."""

    model_config = _example(_INSPECTION)

    is_voice: bool = False
    quality: Quality | None = Field(default=None, description="The tier, told from the shapes of the weights.")
    sample_rate: int | None = Field(default=None, description="In Hz.")
    num_symbols: int | None = None
    num_speakers: int | None = None
    writer: Writer = Field(default=Writer.UNKNOWN, description="Which program wrote it.")
    generator_parameters: int | None = None
    discriminator_parameters: int | None = None
    epoch: int | None = None
    step: int | None = None
    has_discriminator: bool = False
    has_multi_resolution_discriminator: bool = False
    has_optimizer_states: bool = False
    missing: list[str] = Field(
        default=[], description="Tensors of the tier's networks that are absent or of another shape."
    )
    unknown: list[str] = Field(default=[], description="Tensors that the tier's networks do not have.")
    broken_weights: int | None = Field(default=None, description="Tensors with values that are not finite.")
    first_broken: str | None = None
    leftovers: list[str] = Field(default=[], description="What other programs fail on when they read the file.")


class CheckpointDetails(Checkpoint):
    """All that is known of one base checkpoint."""

    model_config = _example(_DETAILS)

    source: str = Field(default="", description="URL or file that it came from; empty while it is not here.")
    arrived: str = Field(default="", description="When it came (ISO 8601); empty while it is not here.")
    inspection: Inspection | None = Field(default=None, description="What its file holds; null while it is not here.")


class Validation(BaseModel):
    """Whether training can start from a checkpoint, after a look at every byte of it."""

    model_config = _example({"id": "en-US.lessac", "valid": True, "problems": [], "inspection": _INSPECTION})

    id: str
    valid: bool
    problems: list[str] = Field(description="In sentences; empty for one that training can start from.")
    inspection: Inspection | None = Field(description="null where the file cannot be read, or must not be.")


class CachedCheckpoint(BaseModel):
    """A base checkpoint that is on this machine, whole or in part."""

    model_config = _example(_CACHED)

    id: str
    state: Literal["downloaded", "damaged", "partial"]
    size: int = Field(description="Bytes on the disk.")
    downloaded: str = Field(description="When it came (ISO 8601); empty while only a part is here.")
    used: str = Field(description="When a run last started from it (ISO 8601); empty for never.")
    path: str


class CacheInfo(BaseModel):
    """How much room base checkpoints take."""

    model_config = _example(
        {
            "folder": "/home/anna/.local/share/coaxial/checkpoints",
            "total_size": 845_700_000,
            "free_disk": 120_000_000_000,
            "checkpoints": [_CACHED],
        }
    )

    folder: str
    total_size: int = Field(description="Bytes of everything in the folder; a file of several names counts once.")
    free_disk: int = Field(description="Bytes.")
    checkpoints: list[CachedCheckpoint]


class ClearedCache(BaseModel):
    """What was deleted."""

    model_config = _example({"removed": ["en-US.lessac"], "kept": [], "freed": 845_700_000})

    removed: list[str] = Field(description="Ids.")
    kept: list[str] = Field(description="Ids of those that a run or a download is using right now.")
    freed: int = Field(description="Bytes.")
