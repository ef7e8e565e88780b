"""A robot to clone: speech made by espeak-ng, for the demo and for tests that need real clips and transcripts."""

from __future__ import annotations

import ctypes
import threading
import wave
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import espeakng_loader
import numpy as np
import numpy.typing as npt

# Constants of espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_CHARACTERS_UTF8 = 1
_END_PAUSE = 0x1000
_RATE, _PITCH = 1, 3
_OK = 0

_SampleCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

# The library keeps voice, rate and callback in globals.
_lock = threading.Lock()

SILENCE = 0.3
"""Seconds before and after the speech of every clip in a corpus."""

SENTENCES: tuple[str, ...] = (
    "The kettle sings before the morning begins.",
    "Seven grey geese crossed the frozen lake.",
    "Please leave the window open a little.",
    "Nobody expected rain in the middle of June.",
    "Her brother repairs clocks in a narrow shop.",
    "The train to the coast leaves at nine.",
    "We counted twelve boats along the harbour wall.",
    "A small fire was burning in the kitchen.",
    "Could you pass me the yellow umbrella?",
    "The judge listened without saying a word.",
    "Fresh bread smells better than any perfume.",
    "They moved the piano up three flights of stairs.",
    "My shoes are still wet from yesterday.",
    "The baker's daughter plays the violin.",
    "Turn left at the old stone bridge.",
    "Every child in the village knew that song.",
    "The thunder rolled slowly over the hills.",
    "Why did the music stop so suddenly?",
    "He measured the garden with a piece of string.",
    "Cheese and pears make a simple lunch.",
    "The museum closes early on Thursdays.",
    "Someone has painted the fence bright orange.",
    "I would rather walk than wait for a bus.",
    "Their youngest cousin joined the navy.",
    "A spider spun its web across the doorway.",
    "The doctor wrote a long and patient letter.",
    "Snow covers the road for half the year.",
    "Keep your voice low in the reading room.",
    "The cat watched the goldfish with interest.",
    "Only two of the five lamps were working.",
    "What a pleasure to see you again!",
    "The river bends twice before it reaches town.",
    "She folded the map and put it away.",
    "Old photographs hung above the fireplace.",
    "The farmer sold his horses in the autumn.",
    "Do you remember the name of that street?",
    "Ripe plums fell softly into the grass.",
    "The engine coughed, shook, and finally started.",
    "We borrowed a ladder from our neighbour.",
    "Quick thinking saved the whole expedition.",
    "The choir practised until the candles went out.",
    "Thick fog hid the far side of the valley.",
    "Give the blue envelope to the teacher.",
    "His uncle grows tomatoes on the balcony.",
    "The library smells of dust and polished wood.",
    "A dozen eggs should be enough for everyone.",
    "Ask the captain how deep the water is.",
    "The puppy chewed a hole in my jacket.",
    "Bright stars appeared one after another.",
    "Nothing grows under that enormous oak.",
    "The carpenter measured twice and cut once.",
    "Two strangers shared a table by the door.",
    "Is there any coffee left in the pot?",
    "The wheels squeaked on the way downhill.",
    "She speaks French, Polish and a little Greek.",
    "An owl called from somewhere near the barn.",
    "They argued about the price of a carpet.",
    "The lighthouse keeper wrote in his journal.",
    "Wash your hands before you touch the dough.",
    "A warm wind came up from the south.",
    "The jury could not agree on anything.",
    "Put the heavy boxes at the bottom.",
    "Our first guests arrived just after sunset.",
    "The path through the forest was muddy.",
    "Which of these keys opens the cellar?",
    "Sugar dissolves faster in hot water.",
    "The actor forgot his lines and laughed.",
    "Green moss covered the northern wall.",
    "Five hundred people signed the petition.",
    "The pilot turned the plane toward the sea.",
    "I found a silver coin in the sand.",
    "Grandmother keeps her recipes in a tin box.",
    "The bell rings every quarter of an hour.",
    "Do not feed the pigeons in the square.",
    "The committee will vote again in March.",
    "He joked, but nobody in the room smiled.",
    "Large ships cannot pass under this bridge.",
    "The tailor pinned the sleeve and stepped back.",
    "Cold soup is welcome on a hot day.",
    "Where have all the swallows gone?",
    "A thin line of smoke rose from the chimney.",
    "The students built a boat from bottles.",
    "Her answer was short, clear and friendly.",
    "Leave the gate closed because of the sheep.",
    "The old radio crackled and went silent.",
    "Both roads lead to the same market.",
    "The mirror made the small room look larger.",
    "Winter apples keep well in a cool cellar.",
    "The mayor opened the new bridge on Friday.",
    "An honest answer is worth the trouble.",
    "Young foxes play at the edge of the field.",
    "The violin needs a new string.",
    "Follow the red signs to the exit.",
    "The waiter brought water, olives and bread.",
    "Loose stones make this trail dangerous.",
    "She whistled a tune that I did not know.",
    "The clouds are moving faster than before.",
    "Choose a number between one and fifty.",
    "The treasure was only a box of buttons.",
    "Good night, and thank you for everything.",
    "The shepherd whistled for his dog.",
    "Visitors must show their tickets twice.",
    "A gentle voice answered the telephone.",
    "The moon was thin as a fingernail.",
    "How far is it to the nearest village?",
    "Paper boats floated down the gutter.",
    "The zebra and the giraffe ignored each other.",
    "Usually the beach is empty in May.",
    "He pushed the rusty wheelbarrow uphill.",
    "The last page of the book was missing.",
    "Come in quickly.",
    "Who said that?",
    "Nobody was awake.",
    "Thank you, that helps.",
    "Wait for me outside.",
    "It never rains here.",
    "The soup needs more salt.",
    "When the music ended, the whole room stood up and clapped.",
    "A narrow staircase leads from the kitchen to the attic.",
    "When the lights went out, everybody in the theatre began to sing.",
    "She packed a torch, a rope, two apples and a warm coat.",
    "If the weather stays dry, we will paint the shutters on Saturday.",
    "The oldest tree in the park was planted by a poor gardener.",
)


def speak(text: str, voice: str = "en-us", *, speed: int = 160, pitch: int = 50) -> tuple[npt.NDArray[np.float32], int]:
    """Say text with an espeak-ng voice.

    speed: words a minute, 80 to 450. pitch: 0 to 100.
    Returns: (samples,) float32 mono within -1..1, and the sample rate in Hz.
    Raises: ValueError where espeak-ng has no such voice; RuntimeError where it fails to speak.
    """
    with _lock:
        library, sample_rate = _library()
        if library.espeak_SetVoiceByName(voice.encode()) != _OK:
            raise ValueError(f"espeak-ng has no voice {voice!r}.")
        library.espeak_SetParameter(_RATE, speed, 0)
        library.espeak_SetParameter(_PITCH, pitch, 0)
        pieces: list[npt.NDArray[np.int16]] = []

        def collect(samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int | None) -> int:
            if samples and count > 0:
                pieces.append(np.ctypeslib.as_array(samples, shape=(count,)).astype(np.int16))
            return 0

        callback = _SampleCallback(collect)
        library.espeak_SetSynthCallback(callback)
        spoken = text.encode("utf-8")
        flags = _CHARACTERS_UTF8 | _END_PAUSE
        if library.espeak_Synth(spoken, len(spoken) + 1, 0, 0, 0, flags, None, None) != _OK:
            raise RuntimeError(f"espeak-ng could not say {text!r}.")
    joined = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
    return joined.astype(np.float32) / 32768.0, sample_rate


def make_corpus(
    folder: Path, clips: int, *, voice: str = "en-us", sentences: Sequence[str] | None = None, speed: int = 160
) -> Path:
    """Write clips of 16-bit mono WAV with 0.3 s of silence at both ends as an LJSpeech folder.

    Sentences are taken in order; where clips outnumber them, again from the first and a little faster each time.
    Returns: folder, holding `wavs/` and `metadata.csv` (`name|text`).
    """
    sentences = SENTENCES if sentences is None else sentences
    wavs = folder / "wavs"
    wavs.mkdir(parents=True, exist_ok=True)
    lines = []
    for number in range(clips):
        text = sentences[number % len(sentences)]
        samples, sample_rate = speak(text, voice, speed=speed + 5 * (number // len(sentences)))
        name = f"robot_{number + 1:04}"
        silence = np.zeros(round(SILENCE * sample_rate), np.float32)
        write_wav(wavs / f"{name}.wav", np.concatenate([silence, samples, silence]), sample_rate)
        lines.append(f"{name}|{text}\n")
    (folder / "metadata.csv").write_text("".join(lines), encoding="utf-8")
    return folder


def write_wav(path: Path, samples: npt.NDArray[np.float32], sample_rate: int) -> None:
    """Write (samples,) float32 mono within -1..1 as 16-bit PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes((np.clip(samples, -1.0, 1.0) * 32767.0).round().astype("<i2").tobytes())


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    # ctypes opens it with local symbols, so it never meets the espeak-ng inside piper's own extension.
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Initialize.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int)
    library.espeak_SetVoiceByName.argtypes = (ctypes.c_char_p,)
    library.espeak_SetParameter.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int)
    library.espeak_SetSynthCallback.argtypes = (_SampleCallback,)
    library.espeak_SetSynthCallback.restype = None
    library.espeak_Synth.argtypes = (
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    )
    sample_rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), _DONT_EXIT)
    if sample_rate <= 0:
        raise RuntimeError("The espeak-ng library of the package espeakng-loader could not be started.")
    return library, sample_rate
