"""The card that travels with a voice: what it is made of, what may be done with it, how to use it."""

from __future__ import annotations

import shlex

from coaxial import __version__
from coaxial.voices.facts import VoiceFacts
from coaxial.voices.verify import Proof


def model_card(facts: VoiceFacts, proof: Proof) -> str:
    """`MODEL_CARD` in Markdown."""
    sections = (_title(facts), _training(facts), _rights(facts), _proof(proof), _usage(facts))
    return "\n\n".join(sections) + "\n"


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
