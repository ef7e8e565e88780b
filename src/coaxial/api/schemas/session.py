"""What /api/session answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class Session(BaseModel):
    """Whether a browser may ask for data."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"token_needed": True, "signed_in": True, "until": "2026-12-26T09:30:00Z"},
                {"token_needed": False, "signed_in": True, "until": None},
            ]
        }
    )

    token_needed: bool = Field(description="Whether this server asks for its token: when others can reach it.")
    signed_in: bool = Field(description="Whether this browser has shown it, or need not.")
    until: datetime | None = Field(default=None, description="How long its cookie holds; null where there is none.")


class Token(BaseModel):
    """The server's token, as it was shown when the server was first started."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"token": "coaxial_2Xk4c8QO2l6v1w8nJt0m3yRz5bHs7dFgLpQaWeErTyU"}]},
    )

    token: str = Field(min_length=1, max_length=200, description="The token.")
