"""OpenAI's own client, and what it is answered by a real server process."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import openai
import pytest
from openai import OpenAI

from api.speaking import ANNA, CHOIR, Asking, anna_pair, choir, server_process, with_a_run, with_voice  # noqa: F401
from coaxial.settings import Settings

TEXT = "Hello there. Goodbye."


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, anna_pair: Path, choir: Path) -> Iterator[str]:  # noqa: F811
    settings = Settings.read(tmp_path_factory.mktemp("data"), {})
    with_a_run(settings)
    with_voice(settings, ANNA, anna_pair)
    with_voice(settings, CHOIR, choir)
    with server_process(settings) as url:
        yield url


@pytest.fixture(scope="module")
def client(url: str) -> OpenAI:
    return OpenAI(base_url=f"{url}/v1", api_key="anything", max_retries=0)


def decoded(content: bytes) -> tuple[np.ndarray, int]:
    with av.open(io.BytesIO(content)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono")
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]), frames[0].sample_rate


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav"])
def test_the_client_saves_speech_in_every_format(client: OpenAI, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"speech.{form}"
    with client.audio.speech.with_streaming_response.create(
        model="tts-1",
        voice=ANNA,
        input=TEXT,
        response_format=form,  # type: ignore[arg-type]
    ) as answer:
        answer.stream_to_file(path)
    samples, rate = decoded(path.read_bytes())
    assert 0.2 < len(samples) / rate < 20
    # As loud as it goes; what throws details away goes a little beyond.
    assert 0.5 < np.abs(samples).max() < 1.5


def test_raw_speech_is_at_the_rate_that_clients_play_it_at(client: OpenAI) -> None:
    def seconds(**more: object) -> float:
        raw = client.audio.speech.create(model="x", voice=CHOIR, input=TEXT, **more)  # type: ignore[arg-type]
        if more["response_format"] == "pcm":
            return len(raw.content) / 2 / 24000
        samples, rate = decoded(raw.content)
        return len(samples) / rate

    # Random rhythms differ from one time to the next.
    assert seconds(response_format="pcm") == pytest.approx(seconds(response_format="wav"), rel=0.5)


def test_speed_is_heeded_and_what_is_not_known_is_ignored(client: OpenAI) -> None:
    def samples(speed: float) -> int:
        return len(
            client.audio.speech.create(
                model="tts-1",
                voice={"id": ANNA},
                input=TEXT,
                speed=speed,
                response_format="wav",
                instructions="Speak like a pirate.",
                extra_body={"lang_code": "en"},
            ).content
        )

    assert samples(0.25) > 2 * samples(4.0)


def test_a_speaker_of_a_voice_is_named_after_it(client: OpenAI, url: str) -> None:
    for voice in (f"{CHOIR}/alto", f"{CHOIR}/1"):
        assert client.audio.speech.create(model="x", voice=voice, input=TEXT).content
    with pytest.raises(openai.BadRequestError, match="no speaker 'tenor'"):
        client.audio.speech.create(model="x", voice=f"{CHOIR}/tenor", input=TEXT)
    voices = [one["id"] for one in Asking(url)("GET", "/v1/audio/voices").json()["voices"]]
    assert voices == [ANNA, f"{CHOIR}/alto", f"{CHOIR}/bass"]


def test_a_program_that_knows_openais_voices_only_chooses_by_the_model(client: OpenAI) -> None:
    assert client.audio.speech.create(model=ANNA, voice="alloy", input=TEXT).content
    with pytest.raises(openai.NotFoundError) as raised:
        client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT)
    assert raised.value.message.endswith(
        f"There is no voice named 'alloy'. Give one of these as `voice`: {ANNA}, {CHOIR}."
    ) or ANNA in str(raised.value)
    assert (raised.value.code, raised.value.type) == ("not-found", "invalid_request_error")


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"input": ""}, "The text to speak is empty."),
        ({"input": "a" * 10_001}, "input: "),
        ({"input": TEXT, "speed": 5}, "speed: "),
        ({"input": TEXT, "response_format": "midi"}, "response_format: "),
    ],
)
def test_every_refusal_is_shown_by_the_client(client: OpenAI, wanted: dict[str, object], sentence: str) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.audio.speech.create(model="x", voice=ANNA, **wanted)  # type: ignore[arg-type]
    assert sentence in raised.value.message
    assert raised.value.type == "invalid_request_error"


def test_models_are_listed_and_shown(client: OpenAI) -> None:
    assert [one.id for one in client.models.list()] == ["coaxial", ANNA, CHOIR]
    assert client.models.retrieve("coaxial").owned_by == "coaxial"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt")


def test_speech_comes_as_events_where_that_is_asked_for(url: str, client: OpenAI) -> None:
    wanted = {"model": "x", "voice": ANNA, "input": TEXT, "response_format": "wav", "stream_format": "sse"}
    answer = Asking(url)("POST", "/v1/audio/speech", wanted)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    events = [json.loads(line.removeprefix("data: ")) for line in answer.data.decode().split("\n\n") if line]
    *parts, done = events
    assert {one["type"] for one in parts} == {"speech.audio.delta"}
    samples, rate = decoded(b"".join(base64.b64decode(one["audio"]) for one in parts))
    assert len(samples) / rate > 0.2
    assert done["type"] == "speech.audio.done" and done["usage"]["input_tokens"] == len(TEXT)
