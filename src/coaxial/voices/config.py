"""`.onnx.json`, without which Piper speaks with no voice, and what sherpa-onnx wants instead of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from coaxial.domain.quality import HOP_LENGTH
from coaxial.voices.facts import VoiceFacts

_NOISE, _LENGTH, _NOISE_W = 0.667, 1.0, 0.8


def voice_config(facts: VoiceFacts) -> dict[str, Any]:
    """Every field that Piper's runtime, Home Assistant and the published voices have.

    `dataset` repeats the file name: older releases of wyoming-piper offer a voice to Home Assistant under the one and
    look for its files under the other.
    """
    trained_with = facts.dataset_config
    language = facts.language
    config = {
        "dataset": facts.stem,
        "audio": {"sample_rate": facts.shape.sample_rate, "quality": str(facts.quality)},
        "espeak": {"voice": language.espeak_voice},
        "language": {
            "code": language.code,
            "family": language.family,
            "region": language.region,
            "name_native": language.name_native,
            "name_english": language.name_english,
            "country_english": language.country_english,
        },
        "inference": {"noise_scale": _NOISE, "length_scale": _LENGTH, "noise_w": _NOISE_W},
        "phoneme_type": trained_with.get("phoneme_type", "espeak"),
        "phoneme_map": {},
        "phoneme_id_map": trained_with["phoneme_id_map"],
        "num_symbols": facts.shape.num_symbols,
        "num_speakers": facts.shape.num_speakers,
        "speaker_id_map": dict(facts.speakers) if facts.shape.num_speakers > 1 else {},
        "hop_length": HOP_LENGTH,
        "piper_version": version("piper-tts"),
    }
    if trained_with.get("vowel_clusters"):
        config["vowel_clusters"] = trained_with["vowel_clusters"]
    return config


def sherpa_metadata(facts: VoiceFacts) -> dict[str, str]:
    """What sherpa-onnx reads from inside the model (its `offline-tts-vits-model.cc`)."""
    return {
        "model_type": "vits",
        "comment": "piper",
        "language": facts.language.name_english,
        "voice": facts.language.espeak_voice,
        "has_espeak": "1",
        "n_speakers": str(facts.shape.num_speakers),
        "sample_rate": str(facts.shape.sample_rate),
    }


def sherpa_tokens(phoneme_id_map: Mapping[str, Sequence[int]]) -> str:
    """`tokens.txt` of sherpa-onnx: `<symbol> <id>` a line, symbols of one code point; it refuses longer ones."""
    return "".join(f"{symbol} {ids[0]}\n" for symbol, ids in phoneme_id_map.items() if len(symbol) == 1)
