"""A studio to record in: a real server, what a browser sends it, and takes that the robot speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import urllib3

from api.client import serving
from coaxial.api.app import create_app
from coaxial.audio.robot_speech import speak
from coaxial.audio.wav import to_pcm, wav_header
from coaxial.settings import Settings


@dataclass
class Came:
    """What a server answered."""

    status: int
    headers: Any
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class Studio:
    """Asks one server, with bodies."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url, self.settings = url, settings
        self._pool = urllib3.PoolManager(maxsize=20)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Came:
        """body: bytes as they are, anything else as JSON. headers: `_` stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body, named = json.dumps(body).encode(), {"Content-Type": "application/json", **named}
        came = self._pool.request(method, self.url + path, body=body, headers=named, retries=False, timeout=60)
        return Came(came.status, came.headers, came.data)

    def get(self, path: str) -> Any:
        """The JSON at a path that must be there."""
        came = self("GET", path)
        assert came.status == 200, came.data
        return came.json

    def profile(self, name: str = "anna", language: str = "en-US") -> None:
        assert self("POST", "/api/profiles", {"name": name, "language": language}).status == 201

    def sentences(self, *texts: str, name: str = "letters", language: str = "en-US") -> None:
        body = {"name": name, "language": language, "text": "\n".join(texts)}
        assert self("POST", "/api/prompt-lists", body).status == 201

    def record(self, sound: bytes, position: int = 1, **more: str) -> Came:
        """Send a take of a prompt of `letters` by `anna`."""
        words = {"profile": "anna", "prompt_list": "letters", "position": str(position), **more}
        query = "&".join(f"{name}={value}" for name, value in words.items())
        return self("POST", f"/api/recordings?{query}", sound, Content_Type="application/octet-stream")


@contextmanager
def open_studio(data_dir: Path, **environment: str) -> Iterator[Studio]:
    """A studio in a data directory, for the length of a block."""
    settings = Settings.read(data_dir, {"COAXIAL_PROCESSES": "1", **environment})
    with serving(create_app(settings)) as client:
        yield Studio(client.url, settings)


def take(
    text: str, *, speed: int = 160, gain: float = 1.0, silence: float = 0.4, noise: float = 0.0003, cut: float = 0.0
) -> bytes:
    """A WAV file in which the robot says a text, with some silence at both ends and a little noise over all of it.

    cut: seconds that are missing at the end, silence first.
    """
    said, rate = speak(text, speed=speed)
    loud = np.flatnonzero(np.abs(said) > 0.01)
    quiet = np.zeros(round(silence * rate), np.float32)
    sound = np.concatenate([quiet, said[loud[0] : loud[-1] + 1] * np.float32(gain), quiet])
    sound += np.random.default_rng(7).normal(0, noise, len(sound)).astype(np.float32)
    pcm = to_pcm(sound[: len(sound) - round(cut * rate)])
    return wav_header(len(pcm), rate) + pcm.tobytes()
