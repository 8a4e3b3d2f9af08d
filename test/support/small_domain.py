"""A domain that trains in a second: `python small_domain.py FOLDER` writes pairs.jsonl and base/, a static model.

Questions and answers share no word, so the untrained base finds nothing, and what there is to learn is one word
for one word.
The same bytes every time.
"""

from __future__ import annotations

import json
import sys
from itertools import combinations
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer, models, pre_tokenizers

WORDS = 14
VECTOR_SIZE = 32


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    asked = [f"symptom{chr(97 + number)}" for number in range(WORDS)]
    told = [f"cause{chr(97 + number)}" for number in range(WORDS)]
    with (folder / "pairs.jsonl").open("w", encoding="utf-8") as pairs:
        for three in combinations(range(WORDS), 3):
            query, document = (" ".join(words[number] for number in three) for words in (asked, told))
            print(json.dumps({"query": query, "document": document}), file=pairs)
    vocabulary = {word: number for number, word in enumerate(["[UNK]", *asked, *told])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    torch.manual_seed(0)
    static = StaticEmbedding(tokenizer, embedding_dim=VECTOR_SIZE)
    model = SentenceTransformer(modules=[static], device="cpu")
    model.save_pretrained(str(folder / "base"), create_model_card=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
