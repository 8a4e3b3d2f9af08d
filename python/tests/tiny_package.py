"""A complete model package around a BERT of 2 layers and 32 dimensions with random weights: quick, not good."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from shapes import hold

from attune_jobs.serving.package import write_handler

MAX_SEQ_LENGTH = 16
WORDS = (
    "what where how stop start a the job model endpoint train data of in zebra quilt lamp river stone cloud".split()
)


def write_package(
    folder: Path,
    *,
    seed: int = 0,
    pooling: str = "mean",
    kind: str = "bert",
    prompts: dict[str, str] | None = None,
) -> Path:
    """The layout of a training job's model directory, in the form that old and new loaders read."""
    import torch
    from transformers import AutoConfig, AutoModel

    folder.mkdir(parents=True)
    _write_tokenizer(folder)
    torch.manual_seed(seed)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    if kind.startswith("qwen"):
        size |= {"num_key_value_heads": 2, "head_dim": 16}
    config = AutoConfig.for_model(kind, vocab_size=200, max_position_embeddings=64, pad_token_id=0, **size)
    AutoModel.from_config(config).save_pretrained(folder)
    _write_json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
    )
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": MAX_SEQ_LENGTH, "do_lower_case": False})
    _write_json(folder / "config_sentence_transformers.json", {"prompts": prompts or {}, "default_prompt_name": None})
    flags = {"pooling_mode_cls_token": pooling == "cls", "pooling_mode_mean_tokens": pooling == "mean"}
    flags |= {"pooling_mode_max_tokens": pooling == "max", "pooling_mode_mean_sqrt_len_tokens": False}
    flags |= {"pooling_mode_lasttoken": pooling == "lasttoken"}
    _write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 32, **flags})
    (folder / "2_Normalize").mkdir()
    manifest = {"base": "tiny", "dimensions": [32, 16], "maxSeqLength": MAX_SEQ_LENGTH, "prompts": prompts or {}}
    manifest["dataHash"] = "sha256:0"
    hold("model-manifest", manifest)
    _write_json(folder / "attune.json", manifest)
    (folder / "code").mkdir()
    write_handler(folder / "code")
    return folder


def write_static_model(folder: Path, tokenizer: Path, size: int = 8) -> Path:
    """A base model that looks each token's vector up: no transformer, no length."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    torch.manual_seed(0)
    static = StaticEmbedding(Tokenizer.from_file(str(tokenizer)), embedding_dim=size)
    SentenceTransformer(modules=[static], device="cpu").save_pretrained(str(folder), create_model_card=False)
    return folder


def write_word_model(folder: Path, words: list[str], alike: dict[str, str], size: int = 512) -> Path:
    """A static base whose words have vectors of their own, but for those that mean the same.

    Args:
        alike: word → the one among `words` that it is alike with.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    known = list(dict.fromkeys(["[UNK]", *words, *alike]))
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(known)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    vectors = torch.randn(len(known), size, generator=torch.Generator().manual_seed(0))
    for word, other in alike.items():
        vectors[known.index(word)] = vectors[known.index(other)]
    static = StaticEmbedding(tokenizer, embedding_weights=vectors.numpy())
    SentenceTransformer(modules=[static], device="cpu").save_pretrained(str(folder), create_model_card=False)
    return folder


def pack(folder: Path, archive: Path) -> Path:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:gz") as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name)
    return archive


def _write_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [prefix + chr(code) for code in range(ord("a"), ord("z") + 1) for prefix in ("", "##")]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys([*special, *WORDS, *letters]))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    ends = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {
        "unk_token": "[UNK]",
        "sep_token": "[SEP]",
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "mask_token": "[MASK]",
    }
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 64, **names}
    _write_json(folder / "tokenizer_config.json", settings)


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
