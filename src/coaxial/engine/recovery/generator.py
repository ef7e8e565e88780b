"""A generator's weights out of a published voice: from the graph of an `.onnx` back to the keys of a checkpoint.

Names are not to be trusted: exporters drop them, share one tensor between equal weights, and call the embedding of
published voices `sid`. What the graph computes can be. Every operation with weights is laid beside those of the tier's
network, by its scope where the exporter wrote one, else in the order of computation among those of the same shape. Then
the voice and the recovered network say the same sentence, and only where they agree is the recovery believed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from coaxial.domain.errors import BaseMismatch, UnreadableVoice
from coaxial.domain.quality import NetworkShape, Quality
from coaxial.domain.tiers import recognise
from coaxial.engine.recovery.config import VoiceConfig, read_voice_config
from coaxial.engine.recovery.graph import Array, damage_told, load_graph
from coaxial.engine.recovery.nodes import Signature, WeightedNode, weighted_nodes
from coaxial.engine.recovery.places import Place, places
from coaxial.engine.recovery.proof import prove_recovery
from coaxial.engine.vits.synthesizer import Synthesizer

_ALWAYS_WEIGHTS = ("convolution", "upsampling", "embedding")
"""Kinds of which a graph may have none but the network's; arithmetic may look like one of the others."""


@dataclass(frozen=True)
class RecoveredVoice:
    """What a published voice gives."""

    quality: Quality
    shape: NetworkShape
    generator: Mapping[str, Tensor]
    """float32, weight normalisation split again; without what no voice has (export.ONLY_FOR_TRAINING)."""
    notes: tuple[str, ...]
    """What a person should know of it, in sentences."""


def recover_generator(path: Path) -> RecoveredVoice:
    """Recover the generator of an `.onnx` voice that has its `.onnx.json` beside it.

    Raises: NotFound, UnreadableVoice (damaged, without its other half, weights that are no numbers), UnsafeCheckpoint,
    BaseMismatch (no network of Piper's tiers, or one put together in another way; quantised).
    """
    graph = load_graph(path)
    config = read_voice_config(path)
    with damage_told(path):
        nodes = weighted_nodes(graph)
    quality, shape = _recognise(nodes, config, path)
    with torch.device("meta"):
        network = Synthesizer(shape)
    splits = {key.removesuffix("_g") for key in network.state_dict() if key.endswith(".weight_g")}
    generator: dict[str, Tensor] = {}
    for place, values in _laid_beside(nodes, places(network), f"{path.name} is no {quality} network of Piper's"):
        generator |= _parameters(place, values, splits)
    _refuse_no_numbers(generator, path)
    prove_recovery(graph.model, generator, shape, path)
    notes = [f"{path.name} stores its weights in 16 bits: they are a little coarser than those it was trained to."]
    return RecoveredVoice(quality, shape, generator, tuple(notes if graph.was_half else ()))


def _recognise(nodes: Sequence[WeightedNode], config: VoiceConfig, path: Path) -> tuple[Quality, NetworkShape]:
    """The tier from the graph's shapes and the JSON's rate; both have to agree on the rest."""
    # Speakers have the wider embedding of the two, in every tier.
    embeddings = sorted(
        {node.signature.shapes[0] for node in nodes if node.signature.kind == "embedding"}, key=lambda shape: shape[1]
    )
    upsamplings = [node.signature.shapes[0] for node in nodes if node.signature.kind == "upsampling"]
    shapes: dict[str, Sequence[int]] = dict(zip(("enc_p.emb.weight", "emb_g.weight"), embeddings, strict=False))
    if upsamplings:
        shapes["dec.conv_pre.weight"] = (upsamplings[0][0],)
    found = recognise(shapes, config.sample_rate) if len(embeddings) <= 2 else None
    if found is None:
        raise BaseMismatch(
            f"{path.name} is not a network of one of Piper's tiers (x_low, low, medium, high) "
            f"at {config.sample_rate} Hz.",
            remedy="Choose a Piper VITS voice, or train with --from-scratch.",
        )
    for what, said, is_so in (
        ("speakers", config.speakers, found[1].num_speakers),
        ("symbols", config.symbols, found[1].num_symbols),
    ):
        if said != is_so:
            raise UnreadableVoice(
                f"{path.name}.json says {said} {what} and the network has {is_so}: the two are not one voice.",
                remedy="Copy both files of the voice from one place.",
            )
    return found


def _laid_beside(
    nodes: Sequence[WeightedNode], wanted: Sequence[Place], refusal: str
) -> Iterator[tuple[Place, Sequence[Array]]]:
    """Each place of the network with the weights of its operation in the graph. Raises: BaseMismatch."""
    found: dict[Signature, list[WeightedNode]] = defaultdict(list)
    for node in nodes:
        found[node.signature].append(node)
    by_signature: dict[Signature, list[Place]] = defaultdict(list)
    for place in wanted:
        by_signature[place.signature].append(place)
    counted = [*by_signature, *(signature for signature in found if signature.kind in _ALWAYS_WEIGHTS)]
    for signature in counted:
        has, needs = len(found.get(signature, ())), len(by_signature.get(signature, ()))
        if has != needs:
            raise BaseMismatch(
                f"{refusal}: it has {has} times a {signature}, where that has {needs}.",
                remedy="Choose a Piper VITS voice as its exporter wrote it, or its checkpoint (.ckpt).",
            )
    for signature, alike in by_signature.items():
        for place, node in zip(alike, _in_order_of(alike, found[signature]), strict=True):
            yield place, node.values


def _in_order_of(wanted: Sequence[Place], found: Sequence[WeightedNode]) -> Sequence[WeightedNode]:
    """Operations of one shape in the network's order: by scope where all have one of its own, else as they are."""
    modules = [place.module for place in wanted]
    if sorted(node.scope for node in found) != sorted(modules):
        return found
    return sorted(found, key=lambda node: (modules.index(node.scope), node.turn))


def _parameters(place: Place, values: Sequence[Array], splits: set[str]) -> Iterator[tuple[str, Tensor]]:
    """A place's weights by the keys of a checkpoint. splits: keys of weights that are weight-normalised."""
    for name, value in zip(place.names, values, strict=True):
        key = f"{place.module}.{name}"
        if name == "logs":
            # Voices hold what they multiply with, exp(-logs).
            yield key, torch.from_numpy(-np.log(value.astype(np.float64))).float()
        elif key in splits:
            yield from _split(key, _tensor(value))
        else:
            yield key, _tensor(value)


def _tensor(value: Array) -> Tensor:
    return torch.from_numpy(np.array(value, dtype=np.float32, order="C"))


def _split(key: str, weight: Tensor) -> Iterator[tuple[str, Tensor]]:
    """A weight as direction and length, so that joined again it is the same to the last bit."""
    direction = weight.clone()
    # A channel of zeros has no direction; any will do for a length of 0.
    direction[~weight.flatten(1).any(1)] = 1.0
    _, lengths = torch._weight_norm_interface(direction, torch.ones(len(weight), *[1] * (weight.ndim - 1)), 0)
    lengths = lengths.reshape(-1, *[1] * (weight.ndim - 1)).clone()
    lengths[~weight.flatten(1).any(1)] = 0.0
    yield f"{key}_g", lengths
    yield f"{key}_v", direction


def _refuse_no_numbers(generator: Mapping[str, Tensor], path: Path) -> None:
    broken = [key for key, value in generator.items() if not bool(torch.isfinite(value).all())]
    if broken:
        raise UnreadableVoice(f"{path.name} is damaged: {len(broken)} of its weights are not numbers (NaN).")
