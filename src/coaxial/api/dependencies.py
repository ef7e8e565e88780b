"""What routes are given: the settings and the work of the application they belong to."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from coaxial.api.downloads import Downloads
from coaxial.settings import Settings


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _downloads(request: Request) -> Downloads:
    downloads: Downloads = request.app.state.downloads
    return downloads


SettingsOf = Annotated[Settings, Depends(_settings)]
DownloadsOf = Annotated[Downloads, Depends(_downloads)]
