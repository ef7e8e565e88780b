"""The card that travels with a voice: what it is made of, what may be done with it, how to use it."""

from __future__ import annotations

import shlex
from typing import Any

from coaxial import __version__
from coaxial.voices.facts import VoiceFacts
from coaxial.voices.verify import Proof


def model_card(facts: VoiceFacts, proof: Proof) -> str:
    """`MODEL_CARD` in Markdown."""
    sections = (_title(facts), _training(facts), _rights(facts), _proof(proof), _usage(facts))
    return "\n\n".join(sections) + "\n"


def card_fields(facts: VoiceFacts, proof: Proof) -> dict[str, Any]:
    """The same as plain values, for `card.json`."""
    language = facts.language
    return {
        "title": facts.name,
        "language": {
            "code": language.code,
            "name_native": language.name_native,
            "name_english": language.name_english,
            "country_english": language.country_english,
        },
        "quality": str(facts.quality),
        "sample_rate": facts.shape.sample_rate,
        "coaxial": __version__,
        "created": facts.created.isoformat(),
        "dataset": facts.dataset,
        "clips": facts.clips,
        "seconds": facts.seconds,
        "speakers": dict(facts.speakers),
        "base": facts.base,
        "base_licence": facts.base_licence,
        "run": facts.run,
        "checkpoint": facts.checkpoint,
        "step": facts.step,
        "epoch": facts.epoch,
        "validation_mel": facts.validation_mel,
        "licence": facts.licence,
        "consent": facts.consent,
        "proof": {
            "utterances": proof.cases,
            "largest_difference": proof.largest_difference,
            "spoken_seconds": proof.spoken_seconds,
        },
    }


def _title(facts: VoiceFacts) -> str:
    language = facts.language
    country = f", {language.country_english}" if language.country_english else ""
    return (
        f"# {facts.stem}\n\n"
        f"A voice for [Piper](https://github.com/OHF-Voice/piper1-gpl): {facts.name}, "
        f"{language.name_native} ({language.name_english}{country}, `{language.code}`), quality {facts.quality}, "
        f"{facts.shape.sample_rate:,} Hz. Made with Coaxial {__version__} on {facts.created:%Y-%m-%d}."
    )


def _training(facts: VoiceFacts) -> str:
    mel = "not measured (no sentences were held out)" if facts.validation_mel is None else f"{facts.validation_mel:.4f}"
    speakers = ", ".join(f"{name} ({number})" for name, number in facts.speakers.items())
    return (
        "## Training\n\n"
        f"- Data: {facts.clips} clips, {facts.seconds / 60:.1f} minutes of speech (dataset {facts.dataset})\n"
        f"- Speakers: {len(facts.speakers)}: {speakers}\n"
        f"- Base checkpoint: {facts.base or 'none, trained from scratch'}\n"
        f"- Trained: {facts.step:,} steps, {facts.epoch:,} epochs (run {facts.run}, checkpoint {facts.checkpoint})\n"
        f"- Mel error on held-out sentences: {mel}"
    )


def _rights(facts: VoiceFacts) -> str:
    lines = [
        f"- Licence of the voice: {facts.licence or 'not stated; ask the person whose voice it is'}",
        f"- Consent of the speaker: {facts.consent or 'not stated'}",
    ]
    if facts.base:
        known = facts.base_licence or "not known here; look it up where the checkpoint came from"
        lines.append(f"- Licence and lineage of the base checkpoint, which this voice inherits: {known}")
    return "## Licence\n\n" + "\n".join(lines)


def _proof(proof: Proof) -> str:
    return (
        "## Proof\n\n"
        f"Before export, {proof.cases} utterances (short, long, one phoneme, punctuation only) were computed by "
        f"PyTorch and by ONNX Runtime: equal length, largest difference {proof.largest_difference:.1e}. "
        f"Piper's own runtime then spoke {proof.spoken_seconds:.1f} seconds with these files."
    )


def _usage(facts: VoiceFacts) -> str:
    stem, sentence = facts.stem, shlex.quote(facts.sentences[0])
    return (
        "## How to use it\n\n"
        "With Piper:\n\n"
        f"    pip install piper-tts\n    python -m piper -m {stem}.onnx -f out.wav -- {sentence}\n\n"
        f"In Home Assistant: copy `{stem}.onnx` and `{stem}.onnx.json` into `/share/piper` "
        f"(for example with the Samba add-on), restart the Piper add-on, and choose {stem} "
        "under Settings → Voice assistants.\n\n"
        f"With sherpa-onnx, on Android too: `{stem}.onnx` and `tokens.txt` as a VITS model; before its version 2 with "
        "an `espeak-ng-data` folder, since then with phonemes from the program that calls it."
    )
