"""What routes are given: the settings of the application they belong to."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from coaxial.settings import Settings


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsOf = Annotated[Settings, Depends(_settings)]
