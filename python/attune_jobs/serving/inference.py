"""The endpoint's handler: texts in, one unit-length vector for each text out, in order.

This file travels in `code/` of model.tar.gz, so it imports nothing of attune but what travels beside it. SageMaker's
toolkits call `model_fn`, `input_fn`, `predict_fn` and `output_fn`, in this order.

Request:  {"inputs": "text" | ["text", ...], "kind": "query" | "document", "dimensions": 128,
           "encoding_format": "float" | "base64"}; only `inputs` is required.
Answer:   [[0.1, ...], ...], or base64 of little-endian float32, or with `Accept: application/x-npy` a float32 array.
Refusal:  {"error": {"code", "message", "param"}} with a 4xx status.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

MAX_TEXTS = 1024
"""In one request; what more would hardly be answered within the platform's 60 s."""

MAX_TEXT_CHARACTERS = 1_000_000
"""In one text."""

MAX_TOKENS = 65_536
"""Read for one request: 256 texts of 256 tokens. One slow CPU core (2,300 tokens a second by all-MiniLM-L6-v2) needs
29 s for that, while the next requests wait; larger models on such a core come to MAX_SECONDS first."""

MAX_SECONDS = 45.0
"""Looked at between two batches: the platform's client has given up after 60 s, and nobody would read the answer."""

CHARACTERS_PER_TOKEN = 100
"""What a model with a length reads of a text is cut to this many for each token before it is tokenised: no word is
longer, and the rest would cost memory and seconds only to be thrown away."""

ECHOED = 80
"""Characters of what a client sent that an error repeats."""

MAX_ANSWER_BYTES = 6_291_456
"""The platform's limit for an answer."""

TOKENS_PER_BATCH = {"cpu": 2048, "cuda": 16384}
"""Cells of one forward pass, padding included. More helps no further; less pays the overhead of a pass too often."""

TEXTS_PER_CHUNK = 4096
"""Tokenised at once, which bounds the memory for a corpus."""

TEXTS_PER_PASS = 128
"""Given to sentence-transformers at once, which makes batches of its own of them."""

PROMPT_NAMES = {"query": ("query",), "document": ("document", "passage", "corpus")}
"""Names under which models store the prompt of a kind, as sentence-transformers looks them up."""

LAYERS = re.compile(r"(layers?|blocks?|experts|stages|depths?)$")
FEW_LAYERS = 256
"""Numbers in a config that are built one by one: no more than the weights have tensors, or than these few."""

SIZES = re.compile(r"(_size|_dim|_heads|_embeddings|_positions|_features|_channels|_dimension)$")
SMALL_SIZE = 10_000_000
"""Numbers in a config that become the side of a table: no more than the weights have bytes, or than this."""

PROBES = ("a", "a text that is longer than the first")
"""Encoded once at load: what is missing in the weights, or makes no numbers, shows there and not in a request."""

MAX_CONFIG_BYTES = 16_000_000

OFFSET_POSITIONS = re.compile(r"roberta|camembert|mpnet|longformer|data2vec-text|ibert|luke|xmod|lilt|markuplm|esm")
"""In a type of models of which the first positions are the padding's (transformers,
create_position_ids_from_input_ids)."""

Progress = Callable[[int, int], None]
"""Called with (texts done, texts in all)."""


class RequestError(Exception):
    """A request that cannot be answered: `status` is the HTTP status, `str()` the JSON body.

    Toolkits that turn every exception into a 400 still pass the body on.
    """

    def __init__(self, status: int, code: str, message: str, param: str | None = None) -> None:
        super().__init__(json.dumps({"error": {"code": code, "message": message, "param": param}}))
        self.status = status
        log(status=status, code=code)


class ModelRefused(ValueError):
    """The model's own files are at fault: they ask for what is absurd or unsafe, or their tokenizer gives up."""


class TooManyTokens(Exception):
    """The texts hold more tokens than the caller allowed; `tokens` of them were counted."""

    def __init__(self, tokens: int) -> None:
        super().__init__(f"{tokens} tokens")
        self.tokens = tokens


@dataclass(frozen=True)
class Request:
    texts: list[str]
    kind: str | None
    dimensions: int | None
    encoding_format: str


@dataclass(frozen=True)
class Encoded:
    """Vectors of texts, unit length, shape (texts, size), float32, in the order of the texts."""

    vectors: np.ndarray
    tokens: int
    """Tokens that the model read, special ones included; equal texts count once."""
    truncated: int
    """Texts of which the model read only the beginning."""


@dataclass(frozen=True)
class Prediction:
    vectors: np.ndarray
    encoding_format: str
    figures: dict[str, Any]
    """For the request's log line."""


class Engine(Protocol):
    size: int
    max_seq_length: int
    """Tokens read of a text; 0 for all."""

    def encode(self, texts: list[str], progress: Progress, most_tokens: int | None) -> tuple[np.ndarray, int, int]:
        """Vectors (texts, size), float32, of any length; tokens read; texts cut."""
        ...


class Model:
    """An embedding model with its prompts and the vector sizes that it was trained for."""

    def __init__(self, engine: Engine, prompts: dict[str, str], default_prompt: str | None, dimensions: list[int]):
        self.engine = engine
        self.size = engine.size
        self.max_seq_length = engine.max_seq_length
        self.dimensions = dimensions or [engine.size]
        self._prompts = prompts
        self._default_prompt = default_prompt

    def prompt(self, kind: str | None) -> str:
        """What stands before a text of this kind: the model's own prompt, else nothing."""
        names = PROMPT_NAMES[kind] if kind else ()
        for name in (*names, self._default_prompt):
            if name in self._prompts:
                return self._prompts[name]
        return ""

    def encode(
        self,
        texts: list[str],
        kind: str | None = None,
        progress: Progress = lambda done, of: None,
        most_tokens: int | None = None,
    ) -> Encoded:
        """Equal texts are encoded once.

        Raises: TooManyTokens above `most_tokens`, before the model runs; ModelRefused when its tokenizer gives up.
        """
        prompt = self.prompt(kind)
        row_of = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        vectors, tokens, truncated = self.engine.encode([prompt + text for text in row_of], progress, most_tokens)
        return Encoded(unit_length(vectors)[[row_of[text] for text in texts]], tokens, truncated)


class TransformerEngine:
    """A transformer with mean or first-token pooling, without sentence-transformers, and with the same vectors."""

    def __init__(self, folder: Path, pooling: str, max_seq_length: int | None) -> None:
        import torch
        from tokenizers import Tokenizer

        self._torch = torch
        self._pooling = pooling
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        config = read_json(folder / "config.json")
        settings = read_json(folder / "tokenizer_config.json")
        load = load_bert if is_bert(folder, config) else load_transformer
        self._network, self.size = load(folder, config, self._device)
        limits = [max_seq_length, settings.get("model_max_length"), positions_in(config)]
        self.max_seq_length = int(min(limit for limit in (limits[:1] if max_seq_length else limits) if limit))
        # The Rust tokenizer itself, set up once: transformers would set it up anew in every call, which two requests
        # at once do not survive.
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.max_seq_length, direction=settings.get("truncation_side", "right"))
        pad = self._tokenizer.token_to_id(_content(settings.get("pad_token")))
        self._pad = int(config.get("pad_token_id") or 0) if pad is None else pad

    def encode(self, texts: list[str], progress: Progress, most_tokens: int | None) -> tuple[np.ndarray, int, int]:
        vectors = np.empty((len(texts), self.size), dtype=np.float32)
        tokens = truncated = done = 0
        for start in range(0, len(texts), TEXTS_PER_CHUNK):
            chunk, cut = shortened(texts[start : start + TEXTS_PER_CHUNK], self.max_seq_length)
            encodings = tokenized(self._tokenizer.encode_batch_fast, chunk)
            truncated += sum(1 for row, encoding in enumerate(encodings) if encoding.overflowing or row in cut)
            ids = [encoding.ids for encoding in encodings]
            tokens += sum(map(len, ids))
            if most_tokens is not None and tokens > most_tokens:
                raise TooManyTokens(tokens)
            for rows in batches([len(row) for row in ids], TOKENS_PER_BATCH[self._device]):
                vectors[start + rows] = self._forward([ids[row] for row in rows])
                done += len(rows)
                progress(done, len(texts))
        return vectors, tokens, truncated

    def _forward(self, ids: list[list[int]]) -> np.ndarray:
        torch = self._torch
        longest = max(map(len, ids))
        input_ids = torch.tensor([row + [self._pad] * (longest - len(row)) for row in ids], device=self._device)
        lengths = torch.tensor([len(row) for row in ids], device=self._device)
        mask = torch.arange(longest, device=self._device)[None, :] < lengths[:, None]
        with torch.inference_mode():
            hidden = self._network(input_ids, mask)
            if self._pooling == "cls":
                pooled = hidden[:, 0]
            else:
                pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
            return pooled.float().cpu().numpy()


def positions_in(config: dict[str, Any]) -> int | None:
    """Tokens of a text that a transformer has positions for; None where it has no table of them.

    Args:
        config: its config.json.
    """
    positions = config.get("max_position_embeddings")
    if not positions:
        return None
    if not OFFSET_POSITIONS.search(str(config.get("model_type"))):
        return int(positions)
    padding = config.get("pad_token_id")
    return int(positions) - (1 if padding is None else int(padding)) - 1


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
        return functional.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], epsilon)

    def forward(input_ids: Any, mask: Any) -> Any:
        words = functional.embedding(input_ids, weights["embeddings.word_embeddings.weight"])
        positions = weights["embeddings.position_embeddings.weight"][: input_ids.shape[1]]
        first_type = weights["embeddings.token_type_embeddings.weight"][0]
        hidden = norm("embeddings.LayerNorm", words + first_type + positions)
        for number in range(config["num_hidden_layers"]):
            layer = f"encoder.layer.{number}"
            query, key, value = (
                linear(f"{layer}.attention.self.{part}", hidden).unflatten(-1, (heads, -1)).transpose(1, 2)
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
    network = network.eval().to(device)

    def forward(input_ids: Any, mask: Any) -> Any:
        return network(input_ids=input_ids, attention_mask=mask.long()).last_hidden_state

    return forward, network.config.hidden_size


class SentenceTransformersEngine:
    """Every other architecture (static embeddings, dense heads, ...), by sentence-transformers."""

    def __init__(self, model_dir: Path, max_seq_length: int | None) -> None:
        self._model = sentence_transformer(model_dir)
        refuse_not_finite(self._model.state_dict().items())
        limit = self._model.max_seq_length
        if limit and np.isinf(limit):  # a static embedding reads everything, and cannot be told to read less
            limit = 0
        elif max_seq_length:
            limit = self._model.max_seq_length = max_seq_length
        self.size = int(self._model.get_embedding_dimension())
        self.max_seq_length = int(limit or 0)
        self._tokenizer = getattr(self._model.tokenizer, "backend_tokenizer", self._model.tokenizer)
        self._forward(["a"])  # from here on the tokenizer pads and cuts as it does for the model

    def encode(self, texts: list[str], progress: Progress, most_tokens: int | None) -> tuple[np.ndarray, int, int]:
        vectors = np.empty((len(texts), self.size), dtype=np.float32)
        tokens = truncated = 0
        for start in range(0, len(texts), TEXTS_PER_CHUNK):
            chunk, cut = shortened(texts[start : start + TEXTS_PER_CHUNK], self.max_seq_length)
            encodings = tokenized(self._tokenizer.encode_batch, chunk)
            truncated += sum(1 for row, encoding in enumerate(encodings) if encoding.overflowing or row in cut)
            tokens += sum(sum(encoding.attention_mask) for encoding in encodings)
            if most_tokens is not None and tokens > most_tokens:
                raise TooManyTokens(tokens)
            for first in range(0, len(chunk), TEXTS_PER_PASS):
                passed = chunk[first : first + TEXTS_PER_PASS]
                vectors[start + first : start + first + len(passed)] = tokenized(self._forward, passed)
                progress(start + first + len(passed), len(texts))
        return vectors, tokens, truncated

    def _forward(self, texts: list[str]) -> np.ndarray:
        vectors: np.ndarray = self._model.encode(texts, prompt="", show_progress_bar=False)
        return vectors


def sentence_transformer(folder: Path, **options: Any) -> Any:
    """The folder's model by sentence-transformers, in float32 whatever its weights are stored in.

    In half precision training loses most of its steps to rounding (float16 stays at chance), and a text's vector
    differs by the batch that it stands in. What transformers makes of a config is to be exact too, hence the type at
    loading; other modules keep the type of their file, hence the conversion.

    Args:
        options: of SentenceTransformer, such as `device`.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    given = {"trust_remote_code": False, "local_files_only": True, "model_kwargs": {"dtype": torch.float32}}
    return SentenceTransformer(str(folder), **given, **options).float()


def shortened(texts: list[str], max_seq_length: int) -> tuple[list[str], set[int]]:
    """The texts without what the model would throw away anyhow, and the positions of those that were cut here."""
    most = CHARACTERS_PER_TOKEN * max_seq_length
    cut = {row for row, text in enumerate(texts) if most and len(text) > most}
    return [text[:most] if row in cut else text for row, text in enumerate(texts)], cut


def tokenized(work: Callable[[list[str]], Any], texts: list[str]) -> Any:
    """What `work` makes of the texts. Raises: ModelRefused when the tokenizer's Rust code panics, as it does where an
    expression of tokenizer.json takes too long: that is no Exception, and would end the process."""
    try:
        return work(texts)
    except BaseException as error:
        if not is_panic(error):
            raise
        raise ModelRefused(f"the model's tokenizer gives up on one of {len(texts)} texts ({error})"[:300]) from error


def is_panic(error: BaseException) -> bool:
    """pyo3 names the class, and exports it nowhere."""
    return type(error).__name__ == "PanicException"


def load_model(model_dir: str | Path, max_seq_length: int | None = None) -> Model:
    """Load a sentence-transformers folder.

    Args:
        max_seq_length: tokens to read of a text, instead of the model's own setting.
    Raises: ValueError when the folder's attune.json promises another length than the model is set to; ModelRefused
        when its files are at fault.
    """
    folder = Path(model_dir)
    with reading_model():
        check_model(folder)
        model = _load(folder, max_seq_length)
        if not np.isfinite(model.encode(list(PROBES)).vectors).all():
            raise ModelRefused("its vectors hold what is not a finite number, whatever is asked")
        promised = read_manifest(folder).get("maxSeqLength")
    if promised and not max_seq_length and model.max_seq_length not in (0, promised):
        raise ValueError(
            f"attune.json promises maxSeqLength {promised}, the model is set to {model.max_seq_length}: "
            "its vectors would not be those that were evaluated. Package the model again."
        )
    return model


def _load(folder: Path, max_seq_length: int | None) -> Model:
    config = read_json(folder / "config_sentence_transformers.json")
    plain = plain_transformer(folder)
    engine: Engine
    if plain:
        transformer, pooling = plain
        own_length = read_json(transformer / "sentence_bert_config.json").get("max_seq_length")
        engine = TransformerEngine(transformer, pooling, max_seq_length or own_length)
    else:
        engine = SentenceTransformersEngine(folder, max_seq_length)
    dimensions = [int(size) for size in read_manifest(folder).get("dimensions") or []]
    return Model(engine, config.get("prompts") or {}, config.get("default_prompt_name"), dimensions)


@contextmanager
def reading_model() -> Iterator[None]:
    """Whatever the reading of a model's files throws is the files' fault, and said as such; but for want of memory."""
    try:
        yield
    except BaseException as error:
        starved = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
        if isinstance(error, ModelRefused) or starved or not (isinstance(error, Exception) or is_panic(error)):
            raise
        if "trust_remote_code" in str(error):
            raise ModelRefused("it runs code of its own, which attune does not load") from error
        raise ModelRefused(f"it cannot be loaded ({type(error).__name__}: {str(error)[:300]})") from error


def check_model(folder: Path) -> None:
    """What a model's files ask for, held against the weights that are there, before anything is built of them.

    Raises: ModelRefused for a module outside of the folder, and for sizes that the weights cannot have.
    """
    with reading_model():
        places = [folder]
        for module in read_json(folder / "modules.json") or []:
            path = module["path"]
            if not isinstance(path, str):
                raise ModelRefused(f"modules.json names a path that is {_name(path)}, expected a text")
            if Path(path).is_absolute() or ".." in Path(path).parts:
                raise ModelRefused(f"modules.json names the path {path!r}, which leads out of the model's folder")
            places.append(folder / path)
        files = {file for place in places for file in place.glob("*.safetensors")}
        tensors = sum(_tensors(file) for file in files)
        size = sum(file.stat().st_size for place in places for file in place.glob("*.bin"))
        size += sum(file.stat().st_size for file in files)
        for file in {place / "config.json" for place in places}:
            _check_sizes(file.name, read_json(file), tensors, size)


def _tensors(file: Path) -> int:
    """How many tensors a safetensors file declares."""
    with file.open("rb") as content:
        length = int.from_bytes(content.read(8), "little")
        if length > min(100_000_000, file.stat().st_size - 8):
            raise ModelRefused(f"{file.name} declares a header of {length:,} bytes, more than it holds")
        header = json.loads(content.read(length))
    if not isinstance(header, dict):
        raise ModelRefused(f"{file.name} has a header that is {_name(header)}, expected an object")
    return len(header)


def _check_sizes(where: str, config: Any, tensors: int, size: int) -> None:
    if not isinstance(config, dict):
        raise ModelRefused(f"{where} is {_name(config)}, expected an object")
    for key, value in config.items():
        if isinstance(value, dict):
            _check_sizes(f"{where}: {key}", value, tensors, size)
        most = max(tensors, FEW_LAYERS) if LAYERS.search(key) else max(size, SMALL_SIZE)
        if not LAYERS.search(key) and not SIZES.search(key):
            continue
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, int) and not 0 <= number <= most:
                raise ModelRefused(
                    f"{where} sets {key} to {str(number)[:ECHOED]}, expected 0 to {most:,} for weights of "
                    f"{size:,} bytes in {tensors:,} tensors"
                )


def refuse_not_finite(weights: Iterable[tuple[str, Any]]) -> None:
    """Raises: ModelRefused that names the first tensor with a NaN or an infinity: each vector would be one."""
    for name, tensor in weights:
        if not bool(tensor.isfinite().all()):
            raise ModelRefused(f"its weights {name} hold what is not a finite number. Train or download it anew")


def plain_transformer(folder: Path) -> tuple[Path, str] | None:
    """The transformer's folder and its pooling, "mean" or "cls"; None where the model is more than that, and only
    sentence-transformers can run it."""
    modules = read_json(folder / "modules.json") or []
    kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
    if kinds[:2] != ["Transformer", "Pooling"] or kinds[2:] not in ([], ["Normalize"]):
        return None
    transformer = folder / modules[0]["path"]
    pooling = _pooling(read_json(folder / modules[1]["path"] / "config.json"))
    lower_case = read_json(transformer / "sentence_bert_config.json").get("do_lower_case")
    fast = (transformer / "tokenizer.json").is_file()
    decodes = read_json(transformer / "config.json").get("is_encoder_decoder")
    return (transformer, pooling) if pooling and fast and not lower_case and not decodes else None


def _content(token: str | dict[str, Any] | None) -> str:
    """A special token's text, by either form of tokenizer_config.json; "" for none."""
    return (token.get("content") or "") if isinstance(token, dict) else (token or "")


def read_json(path: Path) -> Any:
    if path.is_file() and path.stat().st_size > MAX_CONFIG_BYTES:
        raise ModelRefused(f"{path.name} has more than {MAX_CONFIG_BYTES:,} bytes")
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (ValueError, RecursionError) as error:
        raise ModelRefused(f"{path.name} is not JSON that can be read ({type(error).__name__})") from error


def read_manifest(folder: Path) -> dict[str, Any]:
    """What training wrote beside the model: base, dimensions, maxSeqLength, prompts, dataHash. Models of before have
    it as manifest.json; {} for one that training did not write."""
    manifest: dict[str, Any] = read_json(folder / "attune.json") or read_json(folder / "manifest.json")
    return manifest


def _pooling(config: dict[str, Any]) -> str | None:
    """ "mean" or "cls" by either form of the pooling module's config; None for every other way."""
    if config.get("include_prompt") is False:
        return None
    modes = [name for name, on in config.items() if name.startswith("pooling_mode_") and on is True]
    mode = (
        {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}.get(modes[0])
        if len(modes) == 1
        else None
    )
    return mode or (config.get("pooling_mode") if config.get("pooling_mode") in ("mean", "cls") else None)


def batches(lengths: list[int], tokens: int) -> Iterator[np.ndarray]:
    """Rows of similar length together, at most `tokens` cells a batch with padding; longest first, so memory peaks
    early."""
    order = np.argsort([-length for length in lengths], kind="stable")
    start = 0
    while start < len(order):
        fitting = max(1, tokens // max(1, lengths[order[start]]))
        yield order[start : start + fitting]
        start += fitting


def unit_length(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; a row of zeros stays."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def log(**figures: Any) -> None:
    """One JSON line for each request. Texts never go in."""
    print(json.dumps({"event": "request", **figures}), flush=True)


def model_fn(model_dir: str, context: Any = None) -> Model:
    """Load the model once for each worker and warm it up.

    Args:
        context: the model server's; it gives each worker a GPU of its own, in turn.
    Raises: ModelRefused where the machine has a GPU that torch does not see.
    """
    if any(name.startswith("ATTUNE_FROM_") for name in os.environ):
        from references import resolve  # type: ignore[import-not-found]  # lies beside this file in code/

        resolve()
    import torch

    use_own_gpu(context)
    workers = int(os.environ.get("SAGEMAKER_MODEL_SERVER_WORKERS") or 1)
    share = max(1, len(os.sched_getaffinity(0)) // workers)
    # torch may have been imported, and have read the variable, before anybody set it.
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or share))
    # The tokenizer's own threads; it reads this at its first text.
    os.environ.setdefault("RAYON_NUM_THREADS", os.environ.get("OMP_NUM_THREADS") or str(share))
    started = time.perf_counter()
    model = load_model(model_dir)
    for texts in (["a"], ["a longer text " * 100, "b"]):
        model.encode(texts)
    figures = {
        "dimensions": model.dimensions,
        "maxSeqLength": model.max_seq_length,
        "threads": torch.get_num_threads(),
    }
    print(json.dumps({"event": "loaded", **figures, "ms": _ms(started)}), flush=True)
    return model


def use_own_gpu(context: Any, devices: Path = Path("/dev")) -> None:
    """Makes "cuda" this worker's device.

    Raises: ModelRefused where there is an NVIDIA device, and no GPU for torch: the endpoint would be paid for as one
        with a GPU and answer as one without.
    """
    import torch

    found = sorted(path.name for path in devices.glob("nvidia[0-9]*"))
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1")
    if found and not hidden and not torch.cuda.is_available():
        raise ModelRefused(
            f"this machine has {', '.join(found)}, and torch {torch.__version__} (CUDA {torch.version.cuda}) sees no "
            "GPU: choose deploy.inferenceAmiVersion for the image's CUDA, or an instance type without a GPU"
        )
    gpu = context.system_properties.get("gpu_id") if context is not None else None
    if gpu is not None and torch.cuda.is_available():
        torch.cuda.set_device(int(gpu) % torch.cuda.device_count())


def input_fn(data: str | bytes, content_type: str | None) -> Request:
    """Raises: RequestError that says what is wrong with the request."""
    media_type = (content_type or "application/json").split(";")[0].strip().lower()
    if media_type != "application/json":
        message = f"Content-Type {echoed(media_type)}: expected application/json."
        raise RequestError(415, "unsupported_content_type", message)
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "malformed_json", f"The body is not JSON in UTF-8: {error}.") from error
    if not isinstance(body, dict):
        message = f'The body is {_name(body)}, expected an object: {{"inputs": ["text", ...]}}.'
        raise RequestError(400, "wrong_type", message)
    known = ["inputs", "kind", "dimensions", "encoding_format"]
    for key in body:
        if key not in known:
            message = f"'{echoed(key)}' is not known, expected {', '.join(known)}."
            raise RequestError(400, "unknown_key", message, echoed(key))
    return Request(
        texts=_texts(body),
        kind=_one_of(body, "kind", ["query", "document"]),
        dimensions=_dimensions(body),
        encoding_format=_one_of(body, "encoding_format", ["float", "base64"]) or "float",
    )


def _texts(body: dict[str, Any]) -> list[str]:
    if "inputs" not in body:
        raise RequestError(400, "missing_key", "'inputs' is missing: a text or a list of texts.", "inputs")
    inputs = body["inputs"]
    single = isinstance(inputs, str)
    texts = [inputs] if single else inputs
    if not isinstance(texts, list):
        raise RequestError(400, "wrong_type", f"'inputs' is {_name(inputs)}, expected a text or a list.", "inputs")
    if not texts:
        raise RequestError(400, "empty", "'inputs' is an empty list, expected at least one text.", "inputs")
    if len(texts) > MAX_TEXTS:
        message = f"'inputs' holds {len(texts)} texts, at most {MAX_TEXTS} are taken. Send them in several requests."
        raise RequestError(413, "too_many_texts", message, "inputs")
    for index, text in enumerate(texts):
        param = "inputs" if single else f"inputs[{index}]"
        if not isinstance(text, str):
            raise RequestError(400, "wrong_type", f"'{param}' is {_name(text)}, expected a text.", param)
        if len(text) > MAX_TEXT_CHARACTERS:
            most = f"at most {MAX_TEXT_CHARACTERS:,} are taken. Send a part of it"
            message = f"'{param}' has {len(text):,} characters, {most}."
            raise RequestError(413, "text_too_long", message, param)
        if not text.strip():
            raise RequestError(400, "blank", f"'{param}' is blank, expected a text.", param)
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            message = f"'{param}' holds half of a surrogate pair, which is no character."
            raise RequestError(400, "invalid_text", message, param) from error
    return texts


def _one_of(body: dict[str, Any], key: str, values: list[str]) -> str | None:
    value = body.get(key)
    if value is None or (isinstance(value, str) and value in values):
        return value
    found = f"'{echoed(value)}'" if isinstance(value, str) else _name(value)
    raise RequestError(400, "bad_value", f"'{key}' is {found}, expected {' or '.join(values)}.", key)


def _dimensions(body: dict[str, Any]) -> int | None:
    value = body.get("dimensions")
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise RequestError(400, "wrong_type", f"'dimensions' is {_name(value)}, expected a whole number.", "dimensions")


def echoed(text: str) -> str:
    """The beginning of what a client sent, as text that every JSON parser and terminal takes."""
    short = text[:ECHOED] + ("..." if len(text) > ECHOED else "")
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in short)


def _name(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return names[type(value)]


def predict_fn(request: Request, model: Model) -> Prediction:
    """Raises: RequestError when the model was not trained for the dimensions asked for."""
    dimensions = model.size if request.dimensions is None else request.dimensions
    if dimensions not in (*model.dimensions, model.size):
        sizes = ", ".join(map(str, sorted({*model.dimensions, model.size}, reverse=True)))
        message = f"'dimensions' is {echoed(str(dimensions))}, the model was trained for {sizes}."
        raise RequestError(400, "untrained_dimensions", message, "dimensions")
    started = time.perf_counter()
    encoded = _encoded(request, model, started)
    vectors = encoded.vectors if dimensions == model.size else unit_length(encoded.vectors[:, :dimensions])
    figures = {
        "texts": len(request.texts),
        "tokens": encoded.tokens,
        "truncated": encoded.truncated,
        "dimensions": dimensions,
        "ms": _ms(started),
    }
    return Prediction(vectors, request.encoding_format, figures)


def _encoded(request: Request, model: Model, started: float) -> Encoded:
    def in_time(done: int, of: int) -> None:
        if done < of and time.perf_counter() - started > MAX_SECONDS:
            message = f"{done} of {of} texts took {MAX_SECONDS:.0f} s. Send the texts in several requests."
            raise RequestError(413, "took_too_long", message, "inputs")

    try:
        return model.encode(request.texts, request.kind, in_time, MAX_TOKENS)
    except TooManyTokens as error:
        message = f"'inputs' holds {error.tokens:,} tokens, at most {MAX_TOKENS:,} are read. Send several requests."
        raise RequestError(413, "too_many_tokens", message, "inputs") from error
    except ModelRefused as error:
        raise RequestError(400, "unreadable_text", f"'inputs': {error}.", "inputs") from error


def output_fn(prediction: Prediction, accept: str | None) -> str | bytes:
    """Raises: RequestError when the answer would be larger than the platform passes on."""
    started = time.perf_counter()
    vectors = np.ascontiguousarray(prediction.vectors, dtype="<f4")
    answer: str | bytes
    if _media_type(accept) == "application/x-npy":
        buffer = io.BytesIO()
        np.save(buffer, vectors, allow_pickle=False)
        answer = buffer.getvalue()
    elif prediction.encoding_format == "base64":
        answer = json.dumps([base64.b64encode(row.tobytes()).decode("ascii") for row in vectors])
    else:
        answer = float_lists(vectors)
    if len(answer) > MAX_ANSWER_BYTES:
        message = (
            f"The answer has {len(answer):,} bytes, the platform passes on {MAX_ANSWER_BYTES:,}. "
            'Send fewer texts, or ask for fewer dimensions, "encoding_format": "base64" or Accept: application/x-npy.'
        )
        raise RequestError(413, "answer_too_large", message, "inputs")
    log(status=200, **prediction.figures, encodingMs=_ms(started), bytes=len(answer))
    return answer


def _media_type(accept: str | None) -> str:
    """The first type of an Accept header that can be given; JSON where it takes anything."""
    for item in (accept or "*/*").split(","):
        media_type = item.split(";")[0].strip().lower()
        if media_type == "application/x-npy":
            return media_type
        if media_type in ("application/json", "application/*", "*/*", ""):
            return "application/json"
    message = f"Accept {echoed(accept or '')}: expected application/json or application/x-npy."
    raise RequestError(406, "not_acceptable", message, None)


def float_lists(vectors: np.ndarray) -> str:
    """JSON of the rows with eight decimals, which is what float32 holds of a number below 1; five times as fast as
    json.dumps, and half as long."""
    row = "[" + ",".join(["%.8f"] * vectors.shape[1]) + "]"
    return "[" + ",".join(row % tuple(values) for values in vectors.tolist()) + "]"


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
