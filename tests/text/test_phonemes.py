from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coaxial.domain.errors import UnsupportedLanguage
from coaxial.text.phonemes import phoneme_id_map, phonemize

_SENTENCES = [
    ("en-us", "Hello, world! Who said that? Nobody: it was the wind; or so."),
    ("en-us", 'He said "no" (twice) - then 25 times – in 1999…'),
    ("de", "Größe und Übermut, schön getrennt."),
    ("lv", "Pieci cilvēki gaidīja."),
    ("cmn", "你好，世界。"),
    ("en-us", "..."),
]


def test_a_sentence_becomes_phonemes_framed_and_padded():
    one = phonemize("Hi.", "en-us")
    assert one.sentences == (("h", "ˈ", "a", "ɪ", "."),)
    padded = [number for phoneme in one.sentences[0] for number in (*phoneme_id_map()[phoneme], 0)]
    assert one.ids == (1, 0, *padded, 2)
    assert one.spoken == 3


def test_every_sentence_has_a_begin_and_an_end_of_its_own():
    ids = phonemize("Who said that? Nobody was awake.", "en-us").ids
    assert ids.count(1) == ids.count(2) == 2


@pytest.mark.reference
def test_ids_equal_those_that_piper_train_prepares(robot_corpus: Path, tmp_path: Path):
    torch = pytest.importorskip("torch")
    dataset = pytest.importorskip("piper.train.vits.dataset")
    recording = next(robot_corpus.glob("wavs/*.wav")).name
    for voice in dict.fromkeys(voice for voice, _ in _SENTENCES):
        folder = tmp_path / voice
        folder.mkdir()
        texts = [text.replace('"', "") for spoken, text in _SENTENCES if spoken == voice]
        (folder / "metadata.csv").write_text("".join(f"{recording}|{text}\n" for text in texts), encoding="utf-8")
        module = dataset.VitsDataModule(
            csv_path=folder / "metadata.csv",
            cache_dir=folder / "cache",
            espeak_voice=voice,
            config_path=folder / "config.json",
            voice_name="reference",
            audio_dir=robot_corpus / "wavs",
            trim_silence=False,
        )
        module.prepare_data()
        for row, text in enumerate(texts, start=1):
            cache_id = dataset.get_cache_id(row, text)
            expected = torch.load(folder / "cache" / f"{cache_id}.phonemes.pt", weights_only=True).tolist()
            assert list(phonemize(text, voice).ids) == expected
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        assert config["phoneme_id_map"] == dict(phoneme_id_map())


def test_phonemes_without_an_id_are_named_and_never_logged(caplog):
    with caplog.at_level(logging.DEBUG):
        latvian = phonemize("Pieci cilvēki.", "lv")
    assert latvian.unknown == ("͡",)
    assert not caplog.records


def test_characters_the_voice_cannot_say_are_named():
    assert phonemize("I am 😀 happy ★ 日本 and 😀.", "en-us").unsayable == ("😀", "★", "日", "本")


@pytest.mark.parametrize(
    "text", ["", "...", "\0", "\ud800", "a\0b", "😀", "[[x]]", "<break/>", "word " * 20_000, "x" * 100_000]
)
def test_no_text_is_too_strange_to_answer(text):
    ids = phonemize(text, "en-us").ids
    assert ids[0] == 1 and ids[-1] == 2


def test_an_unknown_voice_is_named():
    with pytest.raises(UnsupportedLanguage, match="'xx'"):
        phonemize("Hello.", "xx")


def test_threads_get_the_voices_they_asked_for():
    work = [(text, voice) for voice, text in _SENTENCES] * 20
    alone = [phonemize(text, voice).ids for text, voice in work]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda one: phonemize(*one).ids, work)) == alone
