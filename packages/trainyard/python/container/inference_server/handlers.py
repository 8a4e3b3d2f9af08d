"""The model's handler functions, by the rules of the Hugging Face inference container.

`code/inference.py` (SAGEMAKER_PROGRAM renames it) defines `model_fn(model_dir)` and either `transform_fn(model, data,
content_type, accept)` or any of `input_fn(data, content_type)`, `predict_fn(data, model)`, `output_fn(prediction,
accept)`. Each may take one more parameter, `context`.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from . import codecs

Handler = Callable[..., Any]

ARITY = {"model_fn": 1, "input_fn": 2, "predict_fn": 2, "output_fn": 2, "transform_fn": 4}


class BadModel(Exception):
    """The archive does not hold what the container needs; the text is for the person who packed it."""


class Context:
    """What a handler that takes `context` is given. The index of the multi-model server's calls is always 0 here."""

    def __init__(self, model_dir: str, gpu: int | None) -> None:
        self.system_properties = {"model_dir": model_dir, "gpu_id": gpu}
        self.request_headers: dict[str, str] = {}
        self.response_headers: dict[str, str] = {}

    def get_request_header(self, _index: int, name: str) -> str | None:
        return self.request_headers.get(name.lower())

    def set_response_header(self, _index: int, name: str, value: str) -> None:
        self.response_headers[name] = value


@dataclass(frozen=True)
class Reply:
    """What the model's code made of one request."""

    body: bytes
    headers: dict[str, str]
    """Beside Content-Type: such as X-Amzn-SageMaker-Custom-Attributes."""


class Handlers:
    """One loaded model and the functions around it; for one request at a time."""

    def __init__(self, module: ModuleType, model_dir: Path, gpu: int | None) -> None:
        self._context = Context(str(model_dir), gpu)
        self._functions = {name: self._bound(module, name) for name in ARITY if hasattr(module, name)}
        if "model_fn" not in self._functions:
            raise BadModel(f"{module.__file__} defines no model_fn(model_dir): expected one that loads the model")
        parts = [name for name in ("input_fn", "predict_fn", "output_fn") if name in self._functions]
        if "transform_fn" in self._functions and parts:
            raise BadModel(f"{module.__file__} defines transform_fn and {', '.join(parts)}: expected one or the other")
        self._model = self._functions["model_fn"](str(model_dir))

    def handle(self, data: bytes, content_type: str, accept: str, headers: dict[str, str]) -> Reply:
        """Raises NotText, or whatever the model's code raises. `headers`: of the request, names in lower case."""
        text_or_bytes = codecs.text(data, content_type) if content_type in codecs.TEXT_TYPES else data
        self._context.request_headers = headers
        self._context.response_headers = {}
        result = self._transform(text_or_bytes, content_type, accept)
        reply_headers = self._context.response_headers
        if isinstance(result, str):
            return Reply(result.encode("utf-8"), reply_headers)
        if isinstance(result, (bytes, bytearray)):
            return Reply(bytes(result), reply_headers)
        last = "transform_fn" if "transform_fn" in self._functions else "output_fn"
        raise TypeError(f"{last} returned {type(result).__name__}: expected str, bytes or bytearray")

    def _transform(self, data: str | bytes, content_type: str, accept: str) -> Any:
        if "transform_fn" in self._functions:
            return self._functions["transform_fn"](self._model, data, content_type, accept)
        read: Handler = self._functions.get("input_fn", codecs.decode)
        predict: Handler = self._functions.get("predict_fn", _call_model)
        write: Handler = self._functions.get("output_fn", codecs.encode)
        return write(predict(read(data, content_type), self._model), accept)

    def _bound(self, module: ModuleType, name: str) -> Handler:
        function: Handler = getattr(module, name)
        expected, found = ARITY[name], len(inspect.signature(function).parameters)
        if found == expected:
            return function
        if found == expected + 1:
            return lambda *arguments: function(*arguments, self._context)
        raise BadModel(f"{name} takes {found} parameters: expected {expected}, or {expected + 1} with context")


def _call_model(data: Any, model: Any) -> Any:
    if not isinstance(data, dict):
        return model(data)
    rest = dict(data)
    inputs = rest.pop("inputs", rest)
    parameters = rest.pop("parameters", None) or {}
    return model(inputs, **parameters)


def load(model_dir: Path, gpu: int | None) -> Handlers:
    """Imports the model's entry and calls its model_fn. Raises BadModel, or whatever that code raises."""
    reserved = next((path for path in model_dir.rglob("*") if path.name.lower() == "manifest.json"), None)
    if reserved is not None and not (model_dir / "MAR-INF" / "MANIFEST.json").is_file():
        raise BadModel(
            f"{reserved.relative_to(model_dir)}: multi-model-server 1.1.11, which the container runs, reads a file "
            "of this name, in any folder and case, as its own older description of a model, and ends where it is none"
        )
    code = model_dir / "code"
    entry = code / os.environ.get("SAGEMAKER_PROGRAM", "inference.py")
    # The model's own modules come first, before anything of the environment that has the same name.
    sys.path.insert(0, str(code))
    spec = importlib.util.spec_from_file_location(entry.stem, entry)
    if spec is None or spec.loader is None:
        raise BadModel(f"code/{entry.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[entry.stem] = module
    spec.loader.exec_module(module)
    return Handlers(module, model_dir, gpu)
