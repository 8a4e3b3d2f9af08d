"""The endpoint's handler: texts in, one unit-length vector for each text out, in order.

SageMaker's toolkits load this file from `code/` of model.tar.gz and call its four functions, in the order below; what
they do lies in the folder `endpoint` beside it.

Request:  {"inputs": "text" | ["text", ...], "kind": "query" | "document", "dimensions": 128,
           "encoding_format": "float" | "base64", "details": true}; only `inputs` is required, and `kind` where the
           model tells the two apart. `input` and `model` in place of `inputs`: OpenAI's embeddings API, answered in
           its form.
Answer:   [[0.1, ...], ...], or base64 of little-endian float32, or with `Accept: application/x-npy` a float32 array;
          with details {"vectors": [...], "tokens": 12, "truncated": 0}. The header TOLD names texts that were cut.
Refusal:  {"error": {"code", "message", "param"}} with a 4xx status.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib import import_module
from pathlib import Path


def _endpoint() -> str:
    """The name that the folder `endpoint` beside this file is loaded under: one of its own, so that a process with
    other code of the same name (attune's jobs, another model) asks this model's."""
    name, folder = f"{__name__}_endpoint".replace(".", "_"), Path(__file__).with_name("endpoint")
    found = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert found is not None and found.loader is not None
    package = importlib.util.module_from_spec(found)
    sys.modules[name] = package
    found.loader.exec_module(package)
    return name


_NAME = _endpoint()
model_fn = import_module(f"{_NAME}.start").model_fn
input_fn = import_module(f"{_NAME}.request").input_fn
predict_fn, output_fn = (getattr(import_module(f"{_NAME}.answering"), name) for name in ("predict_fn", "output_fn"))
