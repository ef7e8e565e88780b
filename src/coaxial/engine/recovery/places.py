"""Where the weights of a generator are used, in the order of speaking: what a voice's graph is laid beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from coaxial.engine.recovery.nodes import Signature
from coaxial.engine.vits.convolution import ChannelNorm
from coaxial.engine.vits.duration import Affine
from coaxial.engine.vits.synthesizer import Synthesizer

_Convolution = (nn.Conv1d, nn.ConvTranspose1d)


@dataclass(frozen=True)
class Place:
    """One operation of the generator."""

    module: str
    """Its path, such as dec.ups.0."""
    names: tuple[str, ...]
    """Of its parameters; `weight` also where a checkpoint splits it into weight_g and weight_v."""
    signature: Signature


def places(generator: Synthesizer) -> list[Place]:
    """Every operation with weights, in the order in which a voice speaks."""
    return [place for path in _paths(generator) for place in _places(path, generator.get_submodule(path))]


def _paths(generator: Synthesizer) -> Iterator[str]:
    shape = generator.shape
    many = bool(shape.gin_channels)
    yield "enc_p.emb"
    for layer in range(shape.n_layers):
        encoder = "enc_p.encoder"
        attention = f"{encoder}.attn_layers.{layer}"
        yield from (f"{attention}.conv_q", f"{attention}.conv_k", f"{attention}.conv_v")
        yield attention
        yield f"{attention}.conv_o"
        yield f"{encoder}.norm_layers_1.{layer}"
        yield from (f"{encoder}.ffn_layers.{layer}.conv_1", f"{encoder}.ffn_layers.{layer}.conv_2")
        yield f"{encoder}.norm_layers_2.{layer}"
    yield "enc_p.proj"
    if many:
        yield "emb_g"
    yield from _of_durations(generator, many)
    yield from _of_flow(generator, many)
    yield from _of_decoder(generator, many)


def _of_durations(generator: Synthesizer, many: bool) -> Iterator[str]:
    yield "dp.pre"
    if many:
        yield "dp.cond"
    yield from _of_separable(generator, "dp.convs")
    yield "dp.proj"
    # Backwards through the flow; of the first coupling nothing is heard, so no voice has it.
    for flow in (7, 5, 3):
        yield f"dp.flows.{flow}.pre"
        yield from _of_separable(generator, f"dp.flows.{flow}.convs")
        yield f"dp.flows.{flow}.proj"
    yield "dp.flows.0"


def _of_separable(generator: Synthesizer, path: str) -> Iterator[str]:
    for layer in range(_count(generator, f"{path}.convs_sep")):
        yield from (f"{path}.{part}.{layer}" for part in ("convs_sep", "norms_1", "convs_1x1", "norms_2"))


def _of_flow(generator: Synthesizer, many: bool) -> Iterator[str]:
    for coupling in reversed(range(0, _count(generator, "flow.flows"), 2)):
        path = f"flow.flows.{coupling}"
        yield f"{path}.pre"
        if many:
            yield f"{path}.enc.cond_layer"
        for layer in range(_count(generator, f"{path}.enc.in_layers")):
            yield from (f"{path}.enc.in_layers.{layer}", f"{path}.enc.res_skip_layers.{layer}")
        yield f"{path}.post"


def _of_decoder(generator: Synthesizer, many: bool) -> Iterator[str]:
    yield "dec.conv_pre"
    if many:
        yield "dec.cond"
    blocks = len(generator.shape.resblock_kernel_sizes)
    for step in range(_count(generator, "dec.ups")):
        yield f"dec.ups.{step}"
        for block in range(step * blocks, (step + 1) * blocks):
            path = f"dec.resblocks.{block}"
            if generator.shape.resblock == "1":
                for layer in range(_count(generator, f"{path}.convs1")):
                    yield from (f"{path}.convs1.{layer}", f"{path}.convs2.{layer}")
            else:
                yield from (f"{path}.convs.{layer}" for layer in range(_count(generator, f"{path}.convs")))
    yield "dec.conv_post"


def _count(generator: Synthesizer, path: str) -> int:
    modules = generator.get_submodule(path)
    assert isinstance(modules, nn.ModuleList)
    return len(modules)


def _places(path: str, module: nn.Module) -> Iterator[Place]:
    own = dict(module.named_parameters(recurse=False))
    if isinstance(module, _Convolution):
        weight = own["weight_v" if "weight_v" in own else "weight"]
        shapes = [weight, own["bias"]] if "bias" in own else [weight]
        settings = module.stride, module.dilation, (module.groups,)
        kind = "convolution" if isinstance(module, nn.Conv1d) else "upsampling"
        yield _place(path, kind, ("weight", "bias")[: len(shapes)], shapes, settings)
    elif isinstance(module, nn.Embedding):
        yield _place(path, "embedding", ("weight",), [module.weight])
    elif isinstance(module, ChannelNorm):
        yield _place(path, "normalisation", ("gamma", "beta"), [module.gamma, module.beta])
    elif isinstance(module, Affine):
        yield _place(path, "shift", ("m",), [module.m])
        yield _place(path, "scale", ("logs",), [module.logs])
    else:  # attention over distances: of keys, then of values
        yield from (_place(path, "distances", (name,), [own[name]]) for name in ("emb_rel_k", "emb_rel_v"))


def _place(
    path: str, kind: str, names: tuple[str, ...], tensors: Sequence[Tensor], settings: tuple[tuple[int, ...], ...] = ()
) -> Place:
    return Place(path, names, Signature(kind, tuple(tuple(tensor.shape) for tensor in tensors), settings))
