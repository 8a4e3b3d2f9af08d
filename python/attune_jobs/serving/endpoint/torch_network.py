"""A transformer and its pooling by torch, in float32."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .bounds import refuse_not_finite

TOKENS_PER_BATCH = {"cpu": 2048, "cuda": 16384}
"""Cells of one forward pass, padding included. More helps no further; less pays the overhead of a pass too often."""


class TorchNetwork:
    """A transformer and its pooling in float32, on the GPU where there is one."""

    def __init__(self, folder: Path, config: dict[str, Any], pooling: str, pad: int) -> None:
        import torch

        self._torch = torch
        self._pooling = pooling
        self._pad = pad
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        load = load_bert if is_bert(folder, config) else load_transformer
        self._network, self.size = load(folder, config, self.device)

    def __call__(self, ids: list[list[int]]) -> np.ndarray:
        torch = self._torch
        longest = max(map(len, ids))
        input_ids = torch.tensor([row + [self._pad] * (longest - len(row)) for row in ids], device=self.device)
        lengths = torch.tensor([len(row) for row in ids], device=self.device)
        mask = torch.arange(longest, device=self.device)[None, :] < lengths[:, None]
        with torch.inference_mode():
            hidden = self._network(input_ids, mask)
            vectors: np.ndarray = pooled(hidden, mask, self._pooling).float().cpu().numpy()
            return vectors


def pooled(hidden: Any, mask: Any, pooling: str) -> Any:
    """One vector a text, of its first token ("cls") or the mean of its tokens.

    Args: `hidden` has shape (texts, tokens, size); `mask` (texts, tokens) tells tokens from padding.
    """
    if pooling == "cls":
        return hidden[:, 0]
    weights = mask[:, :, None].float()
    return (hidden * weights).sum(1) / weights.sum(1)


Network = Callable[[Any, Any], Any]
"""Token ids and mask (True for a token), shapes (texts, tokens) → last hidden states, (texts, tokens, size)."""


def is_bert(folder: Path, config: dict[str, Any]) -> bool:
    """Whether `load_bert` computes what this model's own code would."""
    usual = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
    if any(config.get(key, value) != value for key, value in usual.items()) or "model_type" not in config:
        return False
    if not (folder / "model.safetensors").is_file():
        return False
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", "numpy") as weights:
        return f"encoder.layer.{config['num_hidden_layers'] - 1}.output.LayerNorm.weight" in set(weights.keys())


def load_bert(folder: Path, config: dict[str, Any], device: str) -> tuple[Network, int]:
    """BERT's encoder and its vectors' size, by torch alone. Importing transformers' own takes four times the CPU that
    importing torch takes, at each start of an endpoint or a job. Source: Devlin et al. 2019."""
    import torch
    from safetensors.torch import load_file

    functional = torch.nn.functional
    weights = {
        name: tensor.to(device, torch.float32) for name, tensor in load_file(folder / "model.safetensors").items()
    }
    refuse_not_finite(weights.items())
    heads, epsilon = config["num_attention_heads"], config.get("layer_norm_eps", 1e-12)

    def linear(name: str, x: Any) -> Any:
        return functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(name: str, x: Any) -> Any:
        return functional.layer_norm(
            x, (config["hidden_size"],), weights[f"{name}.weight"], weights[f"{name}.bias"], epsilon
        )

    def forward(input_ids: Any, mask: Any) -> Any:
        words = functional.embedding(input_ids, weights["embeddings.word_embeddings.weight"])
        positions = weights["embeddings.position_embeddings.weight"][: input_ids.shape[1]]
        first_type = weights["embeddings.token_type_embeddings.weight"][0]
        hidden = norm("embeddings.LayerNorm", words + first_type + positions)
        for number in range(config["num_hidden_layers"]):
            layer = f"encoder.layer.{number}"
            query, key, value = (
                linear(f"{layer}.attention.self.{part}", hidden).view(*input_ids.shape, heads, -1).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
            attended = linear(f"{layer}.attention.output.dense", mixed.transpose(1, 2).flatten(2))
            hidden = norm(f"{layer}.attention.output.LayerNorm", attended + hidden)
            inner = functional.gelu(linear(f"{layer}.intermediate.dense", hidden))
            hidden = norm(f"{layer}.output.LayerNorm", linear(f"{layer}.output.dense", inner) + hidden)
        return hidden

    return forward, config["hidden_size"]


def load_transformer(folder: Path, config: dict[str, Any], device: str) -> tuple[Network, int]:
    """Any other transformer, by the library that inference images carry."""
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    network = transformers.AutoModel.from_pretrained(
        folder, use_safetensors=True, dtype=torch.float32, local_files_only=True, trust_remote_code=False
    )
    refuse_not_finite(network.state_dict().items())
    network = network.eval().requires_grad_(False).to(device)

    def forward(input_ids: Any, mask: Any) -> Any:
        return network(input_ids=input_ids, attention_mask=mask.long()).last_hidden_state

    return forward, network.config.hidden_size
