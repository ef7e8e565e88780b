"""What /api/health answers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from coaxial.domain.health import Health


class PartHealth(BaseModel):
    """One part of the studio."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(description="store, broker, workers or disk.")
    state: Health = Field(description="warning: the work can be done, with less comfort. failed: it cannot.")
    detail: str = Field(description="What was found.")
    remedy: str = Field(default="", description="What to do about it; empty where nothing is to be done.")


class StudioHealth(BaseModel):
    """Whether the studio can do its work at this moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "warning",
                    "version": "0.1.0",
                    "parts": [
                        {"name": "store", "state": "ok", "detail": "It answers, and has 3 jobs.", "remedy": ""},
                        {"name": "broker", "state": "ok", "detail": "It is there.", "remedy": ""},
                        {
                            "name": "workers",
                            "state": "warning",
                            "detail": "No worker is there: what is queued waits.",
                            "remedy": "Start one with: coaxial worker",
                        },
                        {"name": "disk", "state": "ok", "detail": "212.4 GB are free.", "remedy": ""},
                    ],
                }
            ]
        }
    )

    state: Health = Field(description="The worst of its parts.")
    version: str = Field(description="Of coaxial.")
    parts: list[PartHealth]
