"""A voice's folder, built aside and proven before anybody sees it.

    <stem>.onnx        the network, with sherpa-onnx's metadata
    <stem>.onnx.json   Piper's configuration
    tokens.txt         for sherpa-onnx
    MODEL_CARD         Markdown
    card.json          the same for programs
    samples/           sentences.txt and what Piper's runtime makes of them

An older voice of the same name is moved to `earlier/<stem>-<time>` beside it; nothing is overwritten.
"""

from __future__ import annotations

import filecmp
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import numpy as np

from coaxial.audio.wav import write_wav
from coaxial.domain.errors import ExportRejected
from coaxial.domain.files import atomic_write, storage_errors, write_text
from coaxial.domain.progress import Progress
from coaxial.voices.card import card_fields, model_card
from coaxial.voices.config import sherpa_metadata, sherpa_tokens, voice_config
from coaxial.voices.facts import VoiceFacts
from coaxial.voices.speech import SpeakingVoice
from coaxial.voices.verify import Proof, TorchReference, verify

SAMPLES = 3
"""Sentences spoken as samples, by the first speaker."""


def build_voice(
    facts: VoiceFacts, export: Callable[[Path], None], reference: TorchReference, voices: Path, progress: Progress
) -> tuple[Path, Proof]:
    """Write, prove and install a voice. Returns: its folder `voices/<stem>`, and the proof.

    export: writes the network as ONNX to a path. reference: the same network by torch.
    Raises: ExportRejected or StorageFailure, and nothing of the new voice is left then.
    """
    with staged(voices / facts.stem, facts.created) as folder:
        progress.stage(f"Writing {facts.stem}.onnx")
        onnx_path = write_pair(folder, facts, export)
        progress.stage("Proving that it says what the network says, and that Piper speaks with it")
        proof = verify(onnx_path, reference, facts.sentences)
        write_text(folder / "tokens.txt", sherpa_tokens(facts.dataset_config["phoneme_id_map"]))
        write_text(folder / "MODEL_CARD", model_card(facts, proof))
        write_text(folder / "card.json", json.dumps(card_fields(facts, proof), ensure_ascii=False, indent=2) + "\n")
        _write_samples(folder / "samples", onnx_path, facts)
    return voices / facts.stem, proof


def write_pair(folder: Path, facts: VoiceFacts, export: Callable[[Path], None]) -> Path:
    """Write the two files that Piper needs; the same weights and facts give the same bytes. Returns: the `.onnx`.

    Raises: StorageFailure, ExportRejected (the exported file is no ONNX model).
    """
    onnx_path = folder / f"{facts.stem}.onnx"
    export(onnx_path)
    _add_metadata(onnx_path, sherpa_metadata(facts))
    config = json.dumps(voice_config(facts), ensure_ascii=False, indent=2)
    write_text(folder / f"{facts.stem}.onnx.json", config + "\n")
    return onnx_path


def copy_voice(folder: Path, out: Path, now: datetime) -> Path:
    """Copy a voice's folder into another one. Returns: `out/<stem>`. Raises: StorageFailure."""
    with staged(out / folder.name, now) as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
    return out / folder.name


@contextmanager
def staged(destination: Path, now: datetime) -> Iterator[Path]:
    """An empty folder that takes destination's place when the block ends well; else nothing changes.

    What was at destination is kept as `earlier/<name>-<time>` beside it, unless its `.onnx` is the very same.
    Raises: StorageFailure.
    """
    with storage_errors(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
        for leftover in destination.parent.glob(f".{destination.name}.*.part"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(dir=destination.parent, prefix=f".{destination.name}.", suffix=".part"))
        try:
            yield folder
            folder.chmod(0o755)
            _take_place(folder, destination, now)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _take_place(folder: Path, destination: Path, now: datetime) -> None:
    if not destination.exists():
        folder.rename(destination)
        return
    earlier = _free_name(destination.parent / "earlier" / f"{destination.name}-{now:%Y%m%d-%H%M%S}")
    earlier.parent.mkdir(exist_ok=True)
    destination.rename(earlier)
    try:
        folder.rename(destination)
    except OSError:
        earlier.rename(destination)
        raise
    if _same_model(earlier, destination):
        shutil.rmtree(earlier, ignore_errors=True)
        with suppress(OSError):  # others are kept there
            earlier.parent.rmdir()


def _free_name(path: Path) -> Path:
    numbered = (path if number == 1 else path.with_name(f"{path.name}-{number}") for number in range(1, 1000))
    return next(candidate for candidate in numbered if not candidate.exists())


def _same_model(one: Path, other: Path) -> bool:
    first, second = (folder / f"{other.name}.onnx" for folder in (one, other))
    return first.is_file() and second.is_file() and filecmp.cmp(first, second, shallow=False)


def _add_metadata(onnx_path: Path, metadata: Mapping[str, str]) -> None:
    import onnx

    try:
        model = onnx.load(str(onnx_path))
    except Exception as error:  # protobuf's exception type differs between its implementations
        raise ExportRejected(f"The exported voice was not kept: it is no ONNX model ({error}).") from error
    onnx.helper.set_model_props(model, dict(metadata))
    with atomic_write(onnx_path) as file:
        file.write(model.SerializeToString(deterministic=True))


def _write_samples(folder: Path, onnx_path: Path, facts: VoiceFacts) -> None:
    voice = SpeakingVoice(onnx_path)
    sentences = list(facts.sentences)[:SAMPLES]
    for number, sentence in enumerate(sentences, start=1):
        audio = np.concatenate(list(voice.speak(sentence)))
        write_wav(folder / f"{number}.wav", audio, voice.sample_rate)
    lines = (f"{number}.wav\t{sentence}\n" for number, sentence in enumerate(sentences, start=1))
    write_text(folder / "sentences.txt", "".join(lines))
