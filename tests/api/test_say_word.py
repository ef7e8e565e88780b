"""A word is heard as the phonemes have it."""

from __future__ import annotations

import io
import wave

import urllib3

from api.client import Client


def heard(ask: Client, **fields: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", f"{ask.url}/api/phonemes/speech", fields=fields, retries=False, timeout=30)


def test_a_word_is_heard(ask: Client) -> None:
    answer = heard(ask, text="kettle", language="en-US")
    assert (answer.status, answer.headers["content-type"]) == (200, "audio/wav")
    with wave.open(io.BytesIO(answer.data)) as sound:
        assert 0.2 < sound.getnframes() / sound.getframerate() < 2
        assert len(set(sound.readframes(sound.getnframes()))) > 50  # it is no silence


def test_languages_read_the_same_letters_in_their_own_way(ask: Client) -> None:
    assert heard(ask, text="kilo", language="en-US").data != heard(ask, text="kilo", language="sv-SE").data


def test_a_language_that_nobody_speaks_is_said_in_words(ask: Client) -> None:
    assert heard(ask, text="kettle", language="tlh").status == 404
    # It has phonemes, and no voice of the robot's.
    answer = heard(ask, text="морин хуур", language="mn")
    assert (answer.status, "does not speak Mongolian" in answer.json()["detail"]) == (404, True)
