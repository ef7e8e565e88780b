"""What routes are given: the settings of the application they belong to.

Unlike routes these functions are `async`, here and wherever routes are given something: they wait for nothing, and
otherwise each of them would be a way to a thread and back, for every request, while the loop has others to heed.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from coaxial.settings import Settings


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsOf = Annotated[Settings, Depends(_settings)]
