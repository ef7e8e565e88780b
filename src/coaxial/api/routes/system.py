"""The machine, the data directory and who works for it: /api/system."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request

from coaxial.api.dependencies import SettingsOf
from coaxial.api.problems import documented
from coaxial.api.schemas.system import System, SystemChecks, shown, shown_checks
from coaxial.workflows.clear_bases import cache_info
from coaxial.workflows.examination import Examiner
from coaxial.workflows.system import system_view

router = APIRouter(
    prefix="/system",
    tags=["system"],
    responses=documented(HTTPStatus.FORBIDDEN, HTTPStatus.INSUFFICIENT_STORAGE),
)


@router.get("")
def show(settings: SettingsOf) -> System:
    """What there is at this moment: devices, room, versions, the queue, workers, and what lies where."""
    return shown(system_view(settings), cache_info(settings))


@router.get("/checks")
def show_checks(request: Request) -> SystemChecks:
    """What the doctor found when it last tried every part of the machine, a kernel on every GPU among them.

    Where that is over an hour ago, or never was, this begins an examination; it takes some seconds, and goes on in a
    process of its own.
    """
    return shown_checks(_examiner(request).findings())


@router.post("/checks", status_code=HTTPStatus.ACCEPTED)
def check_again(request: Request) -> SystemChecks:
    """Try every part once more."""
    return shown_checks(_examiner(request).findings(anew=True))


def _examiner(request: Request) -> Examiner:
    examiner: Examiner = request.app.state.examiner
    return examiner
