"""A published voice (`.onnx` and `.onnx.json`), as far as it can be told without reading its graph."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

from coaxial.checkpoints.layout import generator_layout
from coaxial.domain.errors import UnreadableVoice
from coaxial.domain.quality import NUM_SYMBOLS, NetworkShape, Quality

_MOST_CONFIG_BYTES = 16 << 20
_GRAPH_FIELD = 7
_MOST_FIELDS = 10_000
_SIZE_TOLERANCE = 0.05
"""Of a voice's size: the graph around the weights makes one or two percent of it, and tiers differ by half."""

_UNEXPORTED = ("enc_q.", "dp.post_")
"""Parts of the generator that only training needs."""


@dataclass(frozen=True)
class VoiceFile:
    """What the two files of a voice say."""

    byte_count: int
    """Of the `.onnx`."""
    quality: Quality | None
    """Tier, told from size, rate and speakers; None where no tier has a voice of that size."""
    shape: NetworkShape | None
    sample_rate: int | None
    """In Hz; None without a `.onnx.json`."""


def is_voice(path: Path) -> bool:
    """Whether a file is named as a voice is."""
    return path.suffix.lower() == ".onnx"


def read_voice_file(path: Path) -> VoiceFile:
    """Tell what a voice is. Raises: UnreadableVoice (cut off, no ONNX model, a `.onnx.json` that is none)."""
    try:
        with path.open("rb") as file:
            byte_count = path.stat().st_size
            if not _is_whole_model(file, byte_count):
                raise UnreadableVoice(
                    f"{path.name} is no ONNX model, or it is cut off.", remedy="Download or copy it again."
                )
    except OSError as error:
        raise UnreadableVoice(
            f"{path.name} could not be read: {error.strerror or error}.", remedy="Check the disk and the permissions."
        ) from None
    config = _config(path.with_name(f"{path.name}.json"))
    audio = config.get("audio")
    rate = _whole(audio.get("sample_rate")) if isinstance(audio, dict) else None
    speakers, symbols = _whole(config.get("num_speakers")) or 1, _whole(config.get("num_symbols")) or NUM_SYMBOLS
    for quality in Quality:
        shape = replace(NetworkShape.of(quality, speakers), num_symbols=symbols)
        expected = _exported_bytes(shape)
        if rate == quality.sample_rate and abs(byte_count - expected) < _SIZE_TOLERANCE * expected:
            return VoiceFile(byte_count, quality, shape, rate)
    return VoiceFile(byte_count, None, None, rate)


def _exported_bytes(shape: NetworkShape) -> int:
    """float32 weights of a generator without what only training needs, weight normalisation taken out."""
    layout = generator_layout(shape).items()
    kept = (size for key, size in layout if not key.startswith(_UNEXPORTED) and not key.endswith("weight_g"))
    return 4 * sum(map(prod, kept))


def _config(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    try:
        with path.open("rb") as file:
            config = json.loads(file.read(_MOST_CONFIG_BYTES))
    except (OSError, ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise UnreadableVoice(
            f"{path.name} cannot be read as a voice's configuration.", remedy="Download or copy it again."
        )
    return config


def _whole(value: object) -> int | None:
    return value if type(value) is int and 0 < value < 1_000_000 else None


def _is_whole_model(file: BinaryIO, byte_count: int) -> bool:
    """Whether a file is protocol buffer fields to its very end, an ONNX model's graph among them."""
    fields: list[int] = []
    while (left := byte_count - file.tell()) and len(fields) < _MOST_FIELDS:
        tag = _varint(file)
        value = _varint(file) if tag is not None and tag & 7 in (0, 2) else None
        if tag is None or value is None or (tag & 7 == 2 and value > left):
            return False
        if tag & 7 == 2:
            file.seek(value, 1)
        fields.append(tag >> 3)
    return left == 0 and _GRAPH_FIELD in fields


def _varint(file: BinaryIO) -> int | None:
    """The next number, in base 128 with the smallest first; None where there is none of at most 64 bits."""
    number = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            return None
        number |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return number
    return None
