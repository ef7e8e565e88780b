from __future__ import annotations

import subprocess
import sys


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


PUT_OFF = "import sys; from coaxial.dataset.lazy_piper import put_off_piper_runtime; put_off_piper_runtime(); "


def test_phonemes_come_without_the_runtime():
    code = "from coaxial.text.phonemes import phonemize; print(phonemize('Hello.', 'en-us').spoken)"
    assert run(PUT_OFF + code + "; assert 'onnxruntime' not in sys.modules") == run(code)


def test_what_the_package_itself_defines_is_there_when_it_is_asked_for():
    code = "from piper import PiperVoice, PiperConfig; import piper.voice, piper.config; "
    run(PUT_OFF + code + "assert PiperVoice is piper.voice.PiperVoice and PiperConfig is piper.config.PiperConfig")
    run(PUT_OFF + "from piper import *; assert PiperVoice.__module__ == 'piper.voice'")


def test_what_is_nowhere_is_missed_as_ever():
    code = (
        "import piper\ntry:\n    from piper import nothing\nexcept ImportError:\n    assert not hasattr(piper, 'none')"
    )
    run(PUT_OFF + "\n" + code)
    run("import piper; whole = dict(vars(piper)); " + PUT_OFF + "assert vars(piper) == whole")


def test_handing_out_work_needs_no_numpy():
    run("import sys, coaxial.dataset.prepare; assert not {'numpy', 'piper', 'onnx'} & set(sys.modules)")
