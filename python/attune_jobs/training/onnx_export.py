"""The trained model as an ONNX file for the int8 engine: the network of float32, traced, then quantised."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

from ..serving.endpoint.files import plain_transformer, read_json
from ..serving.endpoint.int8 import FILE
from ..serving.endpoint.loading import load_model
from ..serving.endpoint.model import Model
from ..serving.endpoint.torch_network import is_bert, load_bert, load_transformer, pooled

OPSET = 17
LEAST_COSINE = 0.95
"""Below it the file is not the model, whatever the reason. How much of the quality is kept evaluate measures."""
TEXTS = ("how do I start", "A passage of some length, to compare two engines by.", "größer 東京")


def write_int8(folder: Path) -> str | None:
    """Writes FILE into a model's folder.

    Returns: None, or why the model has none; float32 serves it then.
    """
    if plain_transformer(folder) is None:
        return "it is more than a transformer with mean or first-token pooling"
    file = folder / FILE
    try:
        _export(folder, file)
        worst = _worst_cosine(load_model(folder), load_model(folder, engine="int8"))
    except Exception as error:  # an exporter fails in as many ways as there are architectures
        file.unlink(missing_ok=True)
        return f"it cannot be exported ({type(error).__name__}: {str(error).strip().splitlines()[0][:200]})"
    if worst < LEAST_COSINE:
        file.unlink()
        return f"its vectors differ too much from those in float32 (cosine {worst:.3f})"
    return None


def _export(folder: Path, file: Path) -> None:
    import onnx
    import torch

    from .quantise import quantise

    transformer, pooling = plain_transformer(folder) or (folder, "mean")
    config = read_json(transformer / "config.json")
    load = load_bert if is_bert(transformer, config) else load_transformer
    network, _ = load(transformer, config, "cpu")

    class Embedding(torch.nn.Module):
        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = network(input_ids, attention_mask.bool())
            return torch.nn.functional.normalize(pooled(hidden, attention_mask, pooling), dim=1)

    names = ["input_ids", "attention_mask"]
    axes = {name: {0: "texts", 1: "tokens"} for name in names} | {"sentence_embedding": {0: "texts"}}
    example = torch.ones(2, 7, dtype=torch.int64)
    buffer = io.BytesIO()
    with torch.inference_mode(), warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # of the tracer, on shapes that vary: the check below judges the outcome
        torch.onnx.export(
            Embedding().eval(),
            (example, example),
            buffer,
            input_names=names,
            output_names=["sentence_embedding"],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,  # the other exporter needs one more package
        )
    model = onnx.load_from_string(buffer.getvalue())
    _hoist_constants(model)
    if quantise(model) == 0:
        raise ValueError("no product with a constant matrix was found")
    file.parent.mkdir(exist_ok=True)
    onnx.save(model, str(file))


def _hoist_constants(model: Any) -> None:
    """Weights that the trace holds as nodes, and transposes of them, become the graph's constants."""
    from onnx import numpy_helper

    graph = model.graph
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    kept = []
    for node in graph.node:
        if node.op_type == "Constant":
            constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        elif node.op_type == "Transpose" and node.input[0] in constants:
            order = next((list(each.ints) for each in node.attribute if each.name == "perm"), None)
            constants[node.output[0]] = np.ascontiguousarray(constants[node.input[0]].transpose(order))
        else:
            kept.append(node)
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(numpy_helper.from_array(values, name) for name, values in constants.items())


def _worst_cosine(exact: Model, made: Model) -> float:
    """Over texts of several lengths, together and alone; both models' vectors have length 1."""
    expected = exact.encode(list(TEXTS)).vectors
    together = made.encode(list(TEXTS)).vectors
    alone = np.concatenate([made.encode([text]).vectors for text in TEXTS])
    return float(min((expected * together).sum(1).min(), (expected * alone).sum(1).min()))
