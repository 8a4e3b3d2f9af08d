"""The ranking loss: every other passage of the global batch is a negative."""

from __future__ import annotations

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import (
    CachedMultipleNegativesRankingLoss,
    MatryoshkaLoss,
    MultipleNegativesRankingLoss,
)
from sentence_transformers.util import cos_sim

from .config import TrainConfig
from .memory import pairs_that_fit
from .ranks import Ranks


def ranking_loss(
    model: SentenceTransformer, dimensions: list[int], config: TrainConfig, ranks: Ranks, mini_batch: int | None
) -> torch.nn.Module:
    """The same value with and without a mini-batch, which only saves memory by a second forward pass.

    Args:
        mini_batch: pairs embedded at once; None: all that the process has of the batch.
    """
    options: dict[str, object] = {
        "scale": config.scale,
        "similarity_fct": cosine_in_float32,
        "gather_across_devices": ranks.size > 1,
    }
    if config.hardness_strength > 0:
        options |= {"hardness_mode": "in_batch_negatives", "hardness_strength": config.hardness_strength}
    ranking = (
        MultipleNegativesRankingLoss(model, **options)
        if mini_batch is None
        else CachedMultipleNegativesRankingLoss(model, mini_batch_size=mini_batch, **options)
    )
    return MatryoshkaLoss(model, ranking, dimensions) if len(dimensions) > 1 else ranking


def cosine_in_float32(queries: torch.Tensor, documents: torch.Tensor) -> torch.Tensor:
    """Whatever the model is computed in: 16 bits do not tell near passages apart.

    Args:
        queries, documents: shapes (Q, D) and (N, D).
    Returns: shape (Q, N).
    """
    with torch.autocast(queries.device.type, enabled=False):
        return cos_sim(queries.float(), documents.float())


def mini_batch_for(model: SentenceTransformer, config: TrainConfig, pairs: int) -> int | None:
    """Pairs to embed at once; None: all `pairs` that a process has of a batch.

    As configured; else on a GPU as many as its memory is estimated to hold. On CPU memory is no concern at these
    sizes, and the second forward pass costs a factor.
    """
    if config.mini_batch_size is not None:
        return config.mini_batch_size if config.mini_batch_size < pairs else None
    transformer = getattr(getattr(model[0], "auto_model", None), "config", None)
    if not torch.cuda.is_available() or transformer is None or model.max_seq_length is None:
        return None
    fits = pairs_that_fit(
        torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory,
        tokens=int(model.max_seq_length),
        hidden=transformer.hidden_size,
        layers=transformer.num_hidden_layers,
        heads=transformer.num_attention_heads,
    )
    return fits if fits < pairs else None
