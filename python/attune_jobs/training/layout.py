"""The trained model on disk: safetensors in the layout that old and new loaders read, with the endpoint's code."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer

from ..errors import UserError
from ..serving.endpoint.files import plain_transformer
from ..serving.endpoint.int8 import FILE as INT8_FILE
from ..serving.endpoint.int8 import REQUIREMENT
from ..serving.endpoint.other_models import sentence_transformer
from ..serving.package import is_pickle, write_handler
from .model_card import FILE as MODEL_CARD
from .model_card import model_card
from .onnx_export import write_int8

SERVING = Path(__file__).parents[1] / "serving"

POOLING_FLAGS = {
    "cls": "pooling_mode_cls_token",
    "mean": "pooling_mode_mean_tokens",
    "max": "pooling_mode_max_tokens",
    "mean_sqrt_len_tokens": "pooling_mode_mean_sqrt_len_tokens",
    "weightedmean": "pooling_mode_weightedmean_tokens",
    "lasttoken": "pooling_mode_lasttoken",
}
"""New pooling mode → the flag that sentence-transformers before 5.4 and text-embeddings-inference read."""

PROBES = ("how do I start", "A passage of some length, to compare two loads of one model by.", "größer 東京")

_NEW_TYPE = re.compile(r"^sentence_transformers\.(?:base|sentence_transformer)\.modules\.(?:\w+\.)*(\w+)$")


def save_model(
    model: SentenceTransformer, folder: Path, manifest: dict[str, Any], wheelhouse: Path | None = None
) -> None:
    """Write the model, `attune.json`, `code/` and a model card into `folder`, load it again and compare.

    Raises: RuntimeError when what was written does not give the same vectors, or holds a file that must not ship.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(str(folder), create_model_card=False, safe_serialization=True)
    write_old_layout(folder, model)
    (folder / "attune.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    write_code(folder, wheelhouse)
    check_files(folder)
    (folder / MODEL_CARD).write_text(model_card(manifest), encoding="utf-8")
    _check_vectors(model, folder)
    _write_int8(folder, wheelhouse)


def write_code(folder: Path, wheelhouse: Path | None = None) -> None:
    """The endpoint's handler into `code/`, with its requirements only where the inference image does not meet them: a
    requirement is installed at each start, and where there is a wheelhouse, from wheels that travel with the model."""
    (folder / "code").mkdir()
    write_handler(folder / "code")
    if plain_transformer(folder) is None:
        shutil.copy(SERVING / "requirements.txt", folder / "code")
        if wheelhouse is not None:
            _bring_wheels(folder / "code", wheelhouse)


def _write_int8(folder: Path, wheelhouse: Path | None) -> None:
    """The int8 engine's file, and what an endpoint needs to run it; where there can be none, the log says why."""
    why = write_int8(folder)
    if why is None:
        try:
            shutil.copy(SERVING / REQUIREMENT, folder / "code")
            if wheelhouse is not None:
                _bring_wheels(folder / "code", wheelhouse, REQUIREMENT)
        except UserError as error:
            (folder / INT8_FILE).unlink()
            (folder / "code" / REQUIREMENT).unlink()
            why = str(error)
    print(f"int8: {INT8_FILE} is written" if why is None else f"int8: not made, float32 serves: {why}", flush=True)


def _bring_wheels(code: Path, wheelhouse: Path, name: str = "requirements.txt") -> None:
    """The wheels that a list of requirements names, beside it, for an endpoint that reaches no index.

    Raises: UserError when the wheelhouse lacks one.
    """
    requirements = code / name
    (code / "wheels").mkdir(exist_ok=True)
    lines = requirements.read_text(encoding="utf-8")
    for line in lines.splitlines():
        pinned = re.match(r"([\w.-]+)==([^\s;\\]+)", line)
        if pinned is None:
            continue
        name, version = pinned.groups()
        pattern = f"{name.replace('-', '_')}-{version}-*.whl"
        wheels = sorted(wheelhouse.glob(pattern))
        if not wheels:
            raise UserError(
                f"network.wheelhouse: no {pattern}, which this model's endpoint needs. Put it there: "
                f"pip download --no-deps {name}=={version}."
            )
        for wheel in wheels:
            shutil.copy(wheel, code / "wheels")
    # pip reads a relative path from where the requirements lie.
    requirements.write_text(f"--no-index\n--find-links wheels\n{lines}", encoding="utf-8")


def write_old_layout(folder: Path, model: SentenceTransformer) -> None:
    """Rewrite the three files whose form sentence-transformers 5.4 changed; newer loaders read both forms."""
    modules = _read(folder / "modules.json")
    for module in modules:
        module["type"] = _NEW_TYPE.sub(r"sentence_transformers.models.\1", module["type"])
        pooling = folder / module["path"] / "config.json"
        if module["type"].endswith(".Pooling"):
            _write(pooling, _old_pooling(_read(pooling)))
    _write(folder / "modules.json", modules)
    if (folder / "sentence_bert_config.json").is_file():
        lower_case = bool(getattr(model[0], "do_lower_case", False))
        _write(
            folder / "sentence_bert_config.json", {"max_seq_length": model.max_seq_length, "do_lower_case": lower_case}
        )


def _old_pooling(config: dict[str, Any]) -> dict[str, Any]:
    modes = config["pooling_mode"]
    active = {modes} if isinstance(modes, str) else set(modes)
    flags = {flag: mode in active for mode, flag in POOLING_FLAGS.items()}
    return {
        "word_embedding_dimension": config["embedding_dimension"],
        **flags,
        "include_prompt": config.get("include_prompt", True),
    }


def check_files(folder: Path) -> None:
    """Raises: RuntimeError that names what must not ship: links, pickles, a model card of the library, which quotes
    the data."""
    unwanted = [
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_symlink() or is_pickle(file) or file.name == MODEL_CARD
    ]
    if unwanted:
        raise RuntimeError(f"the model folder holds {', '.join(unwanted)}, which must not ship")


def _check_vectors(model: SentenceTransformer, folder: Path) -> None:
    loaded = sentence_transformer(folder, device=str(model.device))
    expected, found = (each.encode(list(PROBES), show_progress_bar=False) for each in (model, loaded))
    if loaded.max_seq_length != model.max_seq_length or not np.allclose(expected, found, atol=1e-5):
        raise RuntimeError("the saved model, loaded again, does not give the vectors of the trained one")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
