"""README.md of the package: a model card, with the metadata that the Hugging Face Hub reads. It quotes no data."""

from __future__ import annotations

import json
import re
from typing import Any

FILE = "README.md"

HUB_ID = re.compile(r"\w[\w.-]*/[\w.-]+(@[\w./-]+)?")
"""owner/name, or with a revision; a folder and an S3 prefix are none."""


def model_card(manifest: dict[str, Any]) -> str:
    """Markdown.

    Args:
        manifest: attune.json, as training writes it.
    """
    return f"""---
{_metadata(manifest)}---

# {_name(manifest)}

An embedding model for search, fitted to one corpus by attune: it gives questions and the passages that answer them
vectors that lie close to each other. Its training saw pairs of questions and passages; what they were is not part of
this package, and known by a digest alone.

## Use

```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("path/to/this/folder")
questions = model.encode(["a question"], prompt_name="query")
passages = model.encode(["a passage"], prompt_name="document")
print(model.similarity(questions, passages))
```

{_vectors(manifest)}

## Training

{_table(_facts(manifest))}

## Evaluation

{_evaluation(manifest)}

## Limits

It was fitted to one domain: elsewhere it may be worse than its base. What its base cannot read (languages, long texts,
images) it cannot read either. License and terms are those of the base and of the data that it was fitted to: set
`license` above before you publish it.
"""


def _name(manifest: dict[str, Any]) -> str:
    return f"{str(manifest['base']).rstrip('/').rsplit('/', 1)[-1]}, fitted by attune"


def _metadata(manifest: dict[str, Any]) -> str:
    """YAML, each value as JSON, which is YAML too."""
    base = str(manifest["base"])
    tags = ["sentence-transformers", "sentence-similarity", "feature-extraction", "dense", "attune"]
    if len(manifest["dimensions"]) > 1:
        tags.append("matryoshka")
    fields: dict[str, Any] = {
        "library_name": "sentence-transformers",
        "pipeline_tag": "sentence-similarity",
        "tags": tags,
    }
    if HUB_ID.fullmatch(base):
        name, _, revision = base.partition("@")
        fields |= {"base_model": name, "base_model_relation": "finetune"}
        if revision:
            fields["base_model_revision"] = revision
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())


def _vectors(manifest: dict[str, Any]) -> str:
    sizes = manifest["dimensions"]
    length = manifest["maxSeqLength"]
    read = "It reads all of a text." if length is None else f"It reads the first {length} tokens of a text."
    cut = f" They may be cut to {', '.join(map(str, sizes[1:]))} (`truncate_dim`)." if len(sizes) > 1 else ""
    return f"Vectors have {sizes[0]} dimensions.{cut} {read}"


def _facts(manifest: dict[str, Any]) -> dict[str, Any]:
    training = manifest["training"]
    started = manifest["startedFrom"]
    return {
        "Base": f"`{manifest['base']}`",
        **({"Went on from": f"`{started['model']}`"} if started else {}),
        "Pairs": f"{training['pairs']:,}, digest `{manifest['dataHash']}`",
        "Epochs": training["epochs"],
        "Batch size": training["batchSize"],
        "Learning rate": f"{training['learningRate']:g}",
        "Loss": f"multiple negatives ranking, scale {training['scale']:g}, over every size of the vectors",
        "Hard negatives a pair": training["negatives"],
        "Warm-up": training["warmup"],
        "Weight decay": training["weightDecay"],
        "Seed": training["seed"],
        "Seconds": manifest["trainSeconds"],
        "Packages": ", ".join(f"{name} {found}" for name, found in manifest["versions"].items()),
    }


def _table(facts: dict[str, Any]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in facts.items())])


def _evaluation(manifest: dict[str, Any]) -> str:
    dev = manifest["devMetric"]
    elsewhere = (
        "How it does on held-out test questions, against its base, keyword search and the model that served before, "
        "stands in evaluation/report.html of its run."
    )
    if dev["value"] is None:
        return f"There was no dev question, so the last weights are kept. {elsewhere}"
    asked = ", ".join(f"{count:,} {origin}" for origin, count in dev["questions"].items())
    return (
        f"nDCG@10 {dev['value']:.4f} on the dev questions ({asked}) that chose the weights of step {dev['step']}; "
        f"{dev['base']:.4f} before the first step. These are asked among hard passages: they compare with "
        f"no other set. {elsewhere}"
    )
