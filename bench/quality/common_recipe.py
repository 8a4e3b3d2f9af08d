"""The recipe that most guides to sentence-transformers give, as a plain script of that library:

python common_recipe.py --base FOLDER --pairs pairs.jsonl --max-seq-length 128 --seed 1 --output FOLDER
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.base.sampler import BatchSamplers
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss

EPOCHS, LEARNING_RATE, BATCH_SIZE = 2, 5e-5, 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--max-seq-length", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    asked = parser.parse_args()

    model = SentenceTransformer(str(asked.base))
    model.max_seq_length = asked.max_seq_length
    rows = [json.loads(line) for line in asked.pairs.read_text(encoding="utf-8").splitlines()]
    pairs = Dataset.from_dict({column: [row[column] for row in rows] for column in ("query", "document")})
    size = model.get_embedding_dimension()
    sizes = [size // part for part in (1, 2, 4) if size // part >= 8]
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(asked.output / "trainer"),
        num_train_epochs=EPOCHS,
        per_device_train_batch_size=BATCH_SIZE,
        learning_rate=LEARNING_RATE,
        warmup_steps=0.1,
        batch_sampler=BatchSamplers.NO_DUPLICATES,
        bf16=torch.cuda.is_available() and torch.cuda.is_bf16_supported(),
        use_cpu=not torch.cuda.is_available(),
        seed=asked.seed,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    loss = MatryoshkaLoss(model, MultipleNegativesRankingLoss(model), sizes)
    SentenceTransformerTrainer(model=model, args=arguments, train_dataset=pairs, loss=loss).train()
    model.save_pretrained(str(asked.output / "model"), create_model_card=False)


if __name__ == "__main__":
    main()
