"""Voices: /api/voices."""

from __future__ import annotations

from http import HTTPStatus
from mimetypes import guess_type
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from coaxial.api.dependencies import SettingsOf
from coaxial.api.idempotency import CreatingOnce, KeyOf
from coaxial.api.paging import WindowOf, part_of
from coaxial.api.problems import documented
from coaxial.api.ranges import file_answer, ranged, ranged_route
from coaxial.api.schemas.jobs import ACCEPTED, accepted
from coaxial.api.schemas.voices import NewVoice, RemovedVoice, VoiceDetail, VoicePage, shown, shown_in_detail
from coaxial.jobs.queue import open_queue
from coaxial.workflows.exportable import exportable
from coaxial.workflows.removal import voice_removal
from coaxial.workflows.voice_files import voice_archive, voice_file, voice_in_detail, voices_in_detail

VoiceName = Annotated[str, Path(min_length=1, max_length=200, description="As listed.", examples=["en_US-anna-medium"])]
FileName = Annotated[
    str, Path(min_length=1, max_length=500, description="As listed.", examples=["en_US-anna-medium.onnx"])
]

router = APIRouter(
    prefix="/voices",
    tags=["voices"],
    route_class=CreatingOnce,
    responses=documented(
        HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.INSUFFICIENT_STORAGE
    ),
)


@router.get("")
def list_all(request: Request, settings: SettingsOf, window: WindowOf) -> VoicePage:
    """All voices, by name."""
    found = [shown(one) for one in voices_in_detail(settings)]
    return VoicePage.model_validate(part_of(request, window, found))


@router.post("", **ACCEPTED)
def export(wanted: NewVoice, settings: SettingsOf, key: KeyOf) -> Response:
    """Queue the export of a run's checkpoint. An older voice of the same name is kept in `earlier`."""
    checkpoint = exportable(settings, wanted.run, wanted.checkpoint)
    with open_queue(settings) as queue:
        return accepted(queue.submit("export", {"run": wanted.run, "checkpoint": checkpoint}, key=key))


@router.get("/{voice}")
def show(voice: VoiceName, settings: SettingsOf) -> VoiceDetail:
    """All that is known of one: its card, its files, and how other programs speak with it."""
    return shown_in_detail(voice_in_detail(settings, voice), voice_removal(settings, voice).sentence)


@router.delete("/{voice}", responses=documented(HTTPStatus.CONFLICT))
def delete(voice: VoiceName, settings: SettingsOf) -> RemovedVoice:
    """Delete one with its files; `removal` says before what goes."""
    removal = voice_removal(settings, voice)
    removal.carry_out()
    return RemovedVoice(name=voice, removed=removal.sentence)


@router.get("/{voice}/archive", **ranged_route("application/zip"))
def download(request: Request, voice: VoiceName, settings: SettingsOf) -> Response:
    """All its files as a ZIP, in a folder of its name. A download that broke off can go on with `Range`."""
    return ranged(request, voice_archive(settings, voice), "application/zip", f"{voice}.zip")


@router.get("/{voice}/files/{name:path}", **ranged_route("application/octet-stream"))
def show_file(request: Request, voice: VoiceName, name: FileName, settings: SettingsOf) -> Response:
    """One of its files, or a part of it."""
    path = voice_file(settings, voice, name)
    return file_answer(request, path, _kind(path.name), path.name)


def _kind(name: str) -> str:
    if name.endswith(".wav"):
        return "audio/wav"
    if name == "MODEL_CARD":
        return "text/markdown; charset=utf-8"
    known = guess_type(name)[0] or "application/octet-stream"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known
