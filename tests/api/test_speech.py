"""Speech over HTTP: sentence by sentence, for many listeners, and for none that has gone."""

from __future__ import annotations

import io
import json
import time
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import av
import pytest
from fastapi import FastAPI

from api.client import serving
from api.speaking import ANNA, CHOIR, Asking, anna_pair, choir, with_a_run, with_voice  # noqa: F401
from coaxial.api.app import create_app
from coaxial.api.speaking import MOST_AT_ONCE
from coaxial.audio.encode import FORMATS, MEDIA_TYPES
from coaxial.settings import Settings
from coaxial.voices.package import staged
from random_voices import facts_of, make_pair

SPEECH = f"/api/voices/{ANNA}/speech"
QUIET = {"noise_scale": 0, "noise_w_scale": 0}
LONG = "The kettle sings before the morning begins, and again before the evening ends. " * 100


@pytest.fixture
def settings(tmp_path: Path, anna_pair: Path, choir: Path) -> Settings:  # noqa: F811
    settings = Settings.read(tmp_path / "data", {})
    with_a_run(settings)
    with_voice(settings, ANNA, anna_pair)
    with_voice(settings, CHOIR, choir)
    return settings


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def ask(app: FastAPI) -> Iterator[Asking]:
    with serving(app) as client:
        yield Asking(client.url)


def samples_in(content: bytes) -> bytes:
    with wave.open(io.BytesIO(content)) as riff:
        assert (riff.getnchannels(), riff.getsampwidth(), riff.getframerate()) == (1, 2, 16000)
        return riff.readframes(riff.getnframes())


def begun(url: str, text: str) -> tuple[HTTPConnection, bytes]:
    """A connection over which a long text is being spoken, and its first bytes."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("POST", SPEECH, json.dumps({"text": text}), {"Content-Type": "application/json"})
    return connection, connection.getresponse().read(1000)


def until_nobody_speaks(app: FastAPI, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while app.state.speaking.at_once:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_text_is_spoken_as_a_wave_that_ends_with_it(ask: Asking) -> None:
    answer = ask("POST", SPEECH, {"text": "Hello there. Goodbye.", **QUIET})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "audio/wav")
    assert answer.headers["X-Sample-Rate"] == "16000"
    whole = ask("POST", SPEECH, {"text": "Hello there. Goodbye.", **QUIET, "stream": False})
    assert int(whole.headers["Content-Length"]) == len(whole.data)
    assert samples_in(whole.data) == samples_in(answer.data) == whole.data[44:]
    raw = ask("POST", SPEECH, {"text": "Hello there. Goodbye.", **QUIET, "format": "pcm"})
    assert (raw.headers["Content-Type"], raw.data) == ("audio/pcm", whole.data[44:])


def test_the_first_sentence_is_heard_while_the_others_are_still_to_be_spoken(ask: Asking, app: FastAPI) -> None:
    connection, first = begun(ask.url, LONG)
    assert first[:4] == b"RIFF"
    assert app.state.speaking.at_once == 1
    connection.close()
    until_nobody_speaks(app, 10)


def test_nothing_more_is_spoken_for_a_listener_that_has_gone(ask: Asking, app: FastAPI) -> None:
    began = time.monotonic()
    connection, _ = begun(ask.url, LONG)
    one_sentence = time.monotonic() - began
    connection.close()
    # What lies in the connection's buffers was spoken before; a hundred sentences take far longer.
    until_nobody_speaks(app, 5 + 10 * one_sentence)


def test_an_address_speaks_too(ask: Asking) -> None:
    posted = ask("POST", SPEECH, {"text": "Hello there.", **QUIET})
    got = ask("GET", f"{SPEECH}?text={quote('Hello there.')}&noise_scale=0&noise_w_scale=0")
    assert (got.status, got.data, got.headers["Cache-Control"]) == (200, posted.data, "no-store")


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_sent_as_what_it_is_called(ask: Asking, form: str) -> None:
    answer = ask("POST", SPEECH, {"text": "Hello there. Goodbye.", "format": form})
    assert answer.headers["Content-Type"] == MEDIA_TYPES[form]  # type: ignore[index]
    if form != "pcm":
        with av.open(io.BytesIO(answer.data)) as container:
            assert sum(frame.samples for frame in container.decode(audio=0)) > 1000


def test_how_it_is_spoken_is_heeded(ask: Asking) -> None:
    def spoken(**options: object) -> bytes:
        return ask("POST", SPEECH, {"text": "One. Two.", "format": "pcm", **QUIET, **options}).data

    plain = spoken()
    assert len(spoken(length_scale=4)) > 1.5 * len(plain)
    assert len(spoken(sentence_silence=0.5)) == len(plain) + 16000
    assert not any(spoken(volume=0))
    alto, bass = (
        ask("POST", f"/api/voices/{CHOIR}/speech", {"text": "One.", "speaker": name, **QUIET}).data
        for name in ("alto", "1")
    )
    assert alto != bass


@pytest.mark.parametrize(
    ("wanted", "status", "sentence"),
    [
        ({"text": ""}, 422, "The text to speak is empty."),
        ({"text": " \n "}, 422, "The text to speak is empty."),
        ({"text": "a" * 10_001}, 422, "text: "),
        ({}, 422, "text: "),
        ({"text": "Hello.", "speaker": "bert"}, 422, "has a single speaker"),
        ({"text": "Hello.", "length_scale": 0}, 422, "length_scale: "),
        ({"text": "Hello.", "lenght_scale": 1}, 422, "lenght_scale: "),
        ({"text": "Hello.", "format": "midi"}, 422, "format: "),
    ],
)
def test_what_cannot_be_spoken_is_a_problem_in_a_sentence(
    ask: Asking, wanted: dict[str, object], status: int, sentence: str
) -> None:
    answer = ask("POST", SPEECH, wanted)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert sentence in answer.json()["detail"]


def test_an_unknown_voice_or_speaker_is_answered_with_what_there_is(ask: Asking) -> None:
    assert ask("POST", "/api/voices/nobody/speech", {"text": "Hello."}).status == 404
    answer = ask("POST", f"/api/voices/{CHOIR}/speech", {"text": "Hello.", "speaker": "tenor"})
    assert (answer.status, answer.json()["remedy"]) == (422, "Choose one of: alto (0), bass (1).")
    assert ask("GET", f"{SPEECH}?text={'a' * 1001}").status == 422


def test_a_voice_that_is_exported_anew_is_the_one_that_speaks(ask: Asking, settings: Settings, tmp_path: Path) -> None:
    before = ask("POST", SPEECH, {"text": "Hello.", **QUIET}).data
    facts = facts_of(name="Anna")
    other = make_pair(tmp_path, facts)
    config = json.loads(Path(f"{other}.json").read_text(encoding="utf-8"))
    config["inference"]["length_scale"] = 3.0
    with staged(settings.voices / ANNA, facts.created) as folder:
        (folder / f"{ANNA}.onnx").write_bytes(other.read_bytes())
        (folder / f"{ANNA}.onnx.json").write_text(json.dumps(config), encoding="utf-8")
    assert len(ask("POST", SPEECH, {"text": "Hello.", **QUIET}).data) > 1.2 * len(before)


def test_many_listeners_hear_the_same(ask: Asking) -> None:
    wanted = {"text": "Hello there. And goodbye.", **QUIET}
    alone = ask("POST", SPEECH, wanted).data
    with ThreadPoolExecutor(12) as threads:
        heard = list(threads.map(lambda _: Asking(ask.url)("POST", SPEECH, wanted).data, range(12)))
    assert set(heard) == {alone}


def test_more_listeners_than_there_can_be_are_told_so(ask: Asking, app: FastAPI) -> None:
    app.state.speaking.at_once += MOST_AT_ONCE
    answer = ask("POST", SPEECH, {"text": "Hello."})
    assert (answer.status, answer.json()["title"]) == (503, "Overloaded")
    app.state.speaking.at_once -= MOST_AT_ONCE
    assert ask("POST", SPEECH, {"text": "Hello."}).status == 200


def test_no_other_request_waits_for_those_who_speak(ask: Asking, app: FastAPI) -> None:
    sentence = LONG[:80]
    with ThreadPoolExecutor(12) as listeners:
        heard = [listeners.submit(Asking(ask.url), "POST", SPEECH, {"text": sentence}) for _ in range(12)]
        while app.state.speaking.at_once < 8:
            time.sleep(0.01)
        assert ask("GET", f"/api/voices/{ANNA}").status == 200
        # Had it waited for its turn among the sentences, none would be left.
        assert app.state.speaking.at_once
    assert {one.result().status for one in heard} == {200}
