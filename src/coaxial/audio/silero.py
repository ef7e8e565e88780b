"""The network of the Silero voice activity detector (version 6, 16 kHz; Silero Team, MIT licence), in numpy.

Its weights are those of the silero-vad package, whose own code would import torch. ONNX Runtime multiplies this
network's small matrices one frame at a time; here many frames and clips share one product, which takes 40 % of the
time and gives the same probabilities (tests/audio/test_silero.py compares them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from coaxial.audio.decode import Samples
from coaxial.audio.onnx_weights import node_weights

RATE = 16_000
"""Sample rate the detector listens at."""

FRAME = 512
"""Samples per probability, 32 ms."""

# Samples of the frame before that a frame begins with, and of its own end that are mirrored behind it.
_CONTEXT = _MIRRORED = 64
_WINDOW, _HOP, _BINS = 256, 128, 129
_WINDOWS = 4
_HIDDEN = 128

# Taps of each convolution's kernel that meet anything but padding.
_TAPS = (slice(0, 3), slice(0, 3), slice(1, 3), slice(1, 2))

# So few frames that everything computed from them stays in the processor's cache. Counted from each clip's beginning:
# a product's rounding depends on where in it a row stands, and a clip's probabilities must not on the clips beside it.
_BLOCK = 96


@dataclass(frozen=True)
class _Weights:
    """Matrices (in, out) that stand to the right of rows; convolution taps lie one after the other in `in`."""

    window: Samples
    """(256,), times 256: the transform divides by it."""
    convolutions: tuple[tuple[Samples, Samples], ...]
    """Matrix and bias of each layer."""
    gates_in: Samples
    """(128, 512) of the features; gates in the order input, forget, output, candidate."""
    gates_hidden: Samples
    """(128, 512) of the state before."""
    gates_bias: Samples
    """Of all three, the columns of the sigmoid gates are halved (see _advance)."""
    out: Samples
    """(128,)"""
    out_bias: np.float32


def speech_probabilities(clips: Sequence[Samples]) -> list[Samples]:
    """Probability of speech in every 32 ms of each clip.

    clips: (n,) float32 at 16 kHz each. Returns: (ceil(n / 512),) float32 each.
    """
    order = sorted(range(len(clips)), key=lambda index: -len(clips[index]))
    windows = [_windows(clips[index]) for index in order]
    found = [np.empty(len(one), dtype=np.float32) for one in windows]
    hidden = np.zeros((len(clips), _HIDDEN), dtype=np.float32)
    cell = np.zeros_like(hidden)
    for begin in range(0, max(map(len, windows), default=0), _BLOCK):
        # Longest first, so the clips that still go on are always the first rows.
        active = [one[begin : begin + _BLOCK] for one in windows if len(one) > begin]
        gates = np.empty((len(active[0]), len(active), 4 * _HIDDEN), dtype=np.float32)
        for row, frames in enumerate(active):
            _write_features(frames, gates[: len(frames), row])
        probabilities = _probability(_recur(gates, [len(frames) for frames in active], hidden, cell))
        for row, frames in enumerate(active):
            found[row][begin : begin + len(frames)] = probabilities[: len(frames), row]
    restored: list[Samples] = [np.zeros(0, dtype=np.float32)] * len(clips)
    for row, index in enumerate(order):
        restored[index] = found[row]
    return restored


def _windows(clip: Samples) -> Samples:
    """(n,) to (frames, 640), a view: each frame behind the end of the one before, with room for its mirrored end."""
    frames = -(-len(clip) // FRAME)
    padded = np.zeros(_CONTEXT + max(1, frames) * FRAME + _MIRRORED, dtype=np.float32)
    padded[_CONTEXT : _CONTEXT + len(clip)] = clip
    return np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + FRAME + _MIRRORED)[::FRAME][:frames]


def _write_features(frames: Samples, out: Samples) -> None:
    """Frames (n, 640), the last 64 samples of each still to be mirrored, to the recurrent layer's input (n, 512)."""
    weights = _weights()
    mirrored = frames.copy()
    mirrored[:, -_MIRRORED:] = frames[:, -_MIRRORED - 2 : -2 * _MIRRORED - 2 : -1]
    short = np.lib.stride_tricks.sliding_window_view(mirrored, _WINDOW, axis=1)[:, ::_HOP] * weights.window
    # Only with the factor of "forward" does numpy 2 transform in single precision; the window makes up for it.
    parts = np.fft.rfft(short, axis=2, norm="forward").view(np.float32)
    parts *= parts
    magnitudes = parts[..., 0::2] + parts[..., 1::2]
    np.sqrt(magnitudes, out=magnitudes)
    first, second, third, fourth = weights.convolutions
    wide = _convolved(magnitudes.reshape(len(frames), -1), first, stride=1)
    narrow = _convolved(wide, second, stride=2)
    np.matmul(_layer(_layer(narrow, third), fourth), weights.gates_in, out=out)
    out += weights.gates_bias


def _convolved(rows: Samples, layer: tuple[Samples, Samples], stride: int) -> Samples:
    """A convolution of three taps over _WINDOWS positions that lie side by side in each row, and its rectifier.

    Neighbours lie side by side as well, so no row is copied, and what would meet padding is left out.
    """
    matrix, bias = layer
    size, channels = len(matrix) // 3, len(bias)
    result = np.empty((len(rows), _WINDOWS // stride * channels), dtype=np.float32)
    for number, position in enumerate(range(0, _WINDOWS, stride)):
        first, end = max(position - 1, 0), min(position + 2, _WINDOWS)
        taps = matrix[(first - position + 1) * size : (end - position + 1) * size]
        out = result[:, number * channels : (number + 1) * channels]
        np.matmul(rows[:, first * size : end * size], taps, out=out)
        out += bias
    return np.maximum(result, 0, out=result)


def _layer(rows: Samples, layer: tuple[Samples, Samples]) -> Samples:
    """A convolution that sees one position, as a product, and its rectifier."""
    matrix, bias = layer
    product = rows @ matrix
    product += bias
    rectified: Samples = np.maximum(product, 0, out=product)
    return rectified


def _recur(gates: Samples, lengths: Sequence[int], hidden: Samples, cell: Samples) -> Samples:
    """Run the LSTM over clips side by side, changing hidden and cell (B, 128); longest clip first.

    gates: (longest, B, 512) of the features, as far as each clip's length. Returns: (longest, B, 128), the states.
    """
    states = np.zeros((*gates.shape[:2], _HIDDEN), dtype=np.float32)
    going = (np.array(lengths) > np.arange(lengths[0])[:, None]).sum(axis=1).tolist()
    for step, count in enumerate(going):
        _advance(gates[step, :count], hidden[:count], cell[:count])
        states[step, :count] = hidden[:count]
    return states


def _advance(gates: Samples, hidden: Samples, cell: Samples) -> None:
    """One step of the LSTM, changing hidden and cell (B, 128)."""
    total = hidden @ _weights().gates_hidden
    total += gates
    # A sigmoid is half the tangent of half its argument, plus a half; the weights have halved the argument already.
    np.tanh(total, out=total)
    sigmoid, candidate = total[:, : 3 * _HIDDEN], total[:, 3 * _HIDDEN :]
    sigmoid *= np.float32(0.5)
    sigmoid += np.float32(0.5)
    cell *= sigmoid[:, _HIDDEN : 2 * _HIDDEN]
    candidate *= sigmoid[:, :_HIDDEN]
    cell += candidate
    np.tanh(cell, out=hidden)
    hidden *= sigmoid[:, 2 * _HIDDEN :]


def _probability(states: Samples) -> Samples:
    """(..., 128) states to (...) probabilities."""
    weights = _weights()
    values = np.maximum(states, 0) @ weights.out + weights.out_bias
    result: Samples = np.tanh(values * np.float32(0.5)) * np.float32(0.5) + np.float32(0.5)
    return result


@cache
def _weights() -> _Weights:
    """From the ONNX file inside the silero-vad package: six convolutions, of which the first is a Fourier transform."""
    package = find_spec("silero_vad")
    assert package is not None and package.origin is not None, "silero-vad is a dependency of this package"
    nodes = node_weights(Path(package.origin).parent / "data" / "silero_vad_16k_sequence.onnx")
    transform, *convolutions, (out, out_bias) = (weights for kind, weights in nodes if kind == "Conv")
    ((gates_in, gates_hidden, biases),) = (weights for kind, weights in nodes if kind == "LSTM")
    return _Weights(
        # The basis of the transform's lowest bin, which does not oscillate, is the window.
        window=transform[0][0, 0] * np.float32(_WINDOW),
        # The third layer sees two positions and a padded one, the fourth one position between two padded ones.
        convolutions=tuple(
            _matrix(kernel[:, :, taps], bias) for (kernel, bias), taps in zip(convolutions, _TAPS, strict=True)
        ),
        gates_in=_gates(gates_in[0]),
        gates_hidden=_gates(gates_hidden[0]),
        gates_bias=_gates(biases[0, : 4 * _HIDDEN] + biases[0, 4 * _HIDDEN :]),
        out=out.reshape(-1),
        out_bias=np.float32(out_bias[0]),
    )


def _matrix(kernel: Samples, bias: Samples) -> tuple[Samples, Samples]:
    """Kernel (out, in, taps) to (taps · in, out)."""
    return np.ascontiguousarray(kernel.transpose(2, 1, 0).reshape(-1, len(kernel))), bias


def _gates(values: Samples) -> Samples:
    """(512, ...) in ONNX's order (input, output, forget, candidate) to ours, halved for a sigmoid, transposed."""
    entering, output, forget, candidate = np.split(values, 4)
    half = np.float32(0.5)
    return np.ascontiguousarray(np.concatenate([entering * half, forget * half, output * half, candidate]).T)
