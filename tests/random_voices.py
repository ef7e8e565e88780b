"""Voices of random weights: nothing is trained, and everything else about them is real."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import torch
from torch import Tensor

from coaxial.domain.progress import Silent
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.export import TorchSpeech, export_onnx
from coaxial.engine.vits.synthesizer import Synthesizer
from coaxial.text.languages import resolve_language
from coaxial.text.phonemes import phoneme_id_map
from coaxial.voices.facts import VoiceFacts
from coaxial.voices.package import build_voice, write_pair

SENTENCES = ("The kettle sings before the morning begins.", "Could you pass me the yellow umbrella?")


def random_weights(shape: NetworkShape, seed: int = 0) -> dict[str, Tensor]:
    """A generator's weights, its durations too: fresh from their initialisation they would all be exactly 1 frame."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = Synthesizer(shape)
        with torch.no_grad():
            for parameter in generator.dp.parameters():
                parameter.add_(0.05 * torch.randn_like(parameter))
    return generator.state_dict()


def facts_of(quality: Quality = Quality.X_LOW, speakers: tuple[str, ...] = ("anna",), name: str = "Anna") -> VoiceFacts:
    """What is known of a voice that nobody trained."""
    return VoiceFacts(
        name=name,
        language=resolve_language("en-US"),
        quality=quality,
        shape=NetworkShape.of(quality, len(speakers)),
        speakers={speaker: number for number, speaker in enumerate(speakers)},
        dataset_config={"phoneme_type": "espeak", "phoneme_id_map": phoneme_id_map()},
        dataset="anna-1234abcd",
        clips=120,
        seconds=754.2,
        sentences=SENTENCES,
        run="anna-x_low-1",
        checkpoint="best.ckpt",
        step=4200,
        epoch=350,
        validation_mel=0.4321,
        base="lessac.ckpt",
        base_licence="Blizzard 2013: research only",
        consent="Recorded by myself",
        licence="CC0-1.0",
        created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
    )


def make_voice(folder: Path, facts: VoiceFacts, weights: dict[str, Tensor] | None = None) -> Path:
    """Build a voice of random weights in a folder. Returns: its own folder."""
    weights = weights or random_weights(facts.shape)
    return build_voice(
        facts,
        lambda path: export_onnx(weights, facts.shape, path),
        TorchSpeech(weights, facts.shape),
        folder,
        Silent(),
    )[0]


def make_pair(folder: Path, facts: VoiceFacts) -> Path:
    """The two files of such a voice alone, unproven. Returns: the `.onnx`."""
    weights = random_weights(facts.shape)
    return write_pair(folder, facts, lambda path: export_onnx(weights, facts.shape, path))
