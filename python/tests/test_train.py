from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import synthetic_pairs
from train_runs import RECIPE, Ended, make_channels, run_train, start_train

from attune_jobs.serving.endpoint.loading import ENGINES, load_model
from attune_jobs.training.model_card import model_card


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_channels(tmp_path_factory.mktemp("channels"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, channels: Path, tiny_bert: Path) -> Ended:
    """One uninterrupted run that most tests look at."""
    return run_train(tmp_path_factory.mktemp("job"), channels, base_model=tiny_bert, **RECIPE)


def test_training_ends_well_and_scores_the_base_first_and_the_kept_weights_last(trained: Ended) -> None:
    assert trained.code == 0, trained.failure
    scores = trained.metrics("dev_ndcg_at_10")
    assert scores[0][0] == 0
    assert [step for step, _ in scores] == [0, 3, 6, 9, 12, 12, scores[-1][0]]
    assert scores[-1][1] == max(score for _, score in scores)
    assert trained.manifest()["devMetric"]["base"] == pytest.approx(scores[0][1], abs=1e-4)
    assert len(trained.metrics("loss")) == 12


def test_the_losses_fall(trained: Ended) -> None:
    losses = [loss for _, loss in trained.metrics("loss")]
    assert sum(losses[-3:]) < sum(losses[:3])


def test_the_model_loads_and_gives_the_vectors_of_its_manifest(trained: Ended) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(trained.model), local_files_only=True, device="cpu")
    manifest = trained.manifest()
    assert model.max_seq_length == manifest["maxSeqLength"] == 32
    assert manifest["dimensions"] == [32, 16]
    vectors = model.encode([row["query"] for row in synthetic_pairs(3)])
    assert vectors.shape == (3, 32)
    assert (vectors**2).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_the_files_have_the_form_that_older_loaders_and_servers_read(trained: Ended) -> None:
    modules = json.loads((trained.model / "modules.json").read_text())
    assert [module["type"] for module in modules] == [
        f"sentence_transformers.models.{name}" for name in ("Transformer", "Pooling", "Normalize")
    ]
    pooling = json.loads((trained.model / "1_Pooling" / "config.json").read_text())
    assert pooling["word_embedding_dimension"] == 32
    assert pooling["pooling_mode_mean_tokens"] is True
    assert pooling["pooling_mode_cls_token"] is False
    assert json.loads((trained.model / "sentence_bert_config.json").read_text())["max_seq_length"] == 32


def test_no_training_text_and_no_pickle_is_in_the_artifact(trained: Ended) -> None:
    texts = [text for row in synthetic_pairs(112) for text in (row["query"], row["document"], row["group"])]
    for file in trained.model.rglob("*"):
        assert file.suffix not in {".bin", ".pt", ".pkl"}
        if file.is_file():
            content = file.read_bytes()
            assert not any(text.encode() in content for text in texts), file


def test_the_artifact_tells_how_it_was_trained_and_how_that_went(trained: Ended) -> None:
    manifest = trained.manifest()
    assert manifest["training"]["pairs"] == 96 and manifest["training"]["epochs"] == RECIPE["epochs"]
    curves = manifest["curves"]
    assert [[step, pytest.approx(value)] for step, value in trained.metrics("loss")] == curves["loss"]
    assert curves["dev"][0] == [0, pytest.approx(manifest["devMetric"]["base"], abs=1e-4)]
    assert max(value for _, value in curves["dev"]) == pytest.approx(manifest["devMetric"]["value"], abs=1e-4)


def test_the_artifact_has_a_model_card_that_a_hub_can_read(trained: Ended) -> None:
    card = (trained.model / "README.md").read_text()
    _, head, body = card.split("---\n", 2)
    fields = {key: json.loads(value) for key, value in (line.split(": ", 1) for line in head.splitlines())}
    assert fields["library_name"] == "sentence-transformers" and fields["pipeline_tag"] == "sentence-similarity"
    assert "matryoshka" in fields["tags"] and "base_model" not in fields  # the base is a folder here
    assert f"{trained.manifest()['devMetric']['value']:.4f}" in body and "| Epochs |" in body
    assert "Vectors have 32 dimensions. They may be cut to 16" in body


def test_a_model_card_names_its_base_where_the_hub_has_it() -> None:
    manifest = {
        "base": "BAAI/bge-small-en-v1.5@main",
        "startedFrom": {"model": "s3://bucket/old/model.tar.gz", "dataHash": None},
        "dimensions": [384],
        "maxSeqLength": None,
        "dataHash": "sha256:00",
        "versions": {"torch": "2"},
        "devMetric": {"value": None},
        "trainSeconds": 1.0,
        "training": {key: 1 for key in ("pairs", "epochs", "batchSize", "learningRate", "negatives", "scale")}
        | {key: 0 for key in ("warmup", "weightDecay", "seed")},
    }
    card = model_card(manifest)
    assert 'base_model: "BAAI/bge-small-en-v1.5"\n' in card and 'base_model_revision: "main"' in card
    assert "Went on from" in card and "no dev question" in card and "may be cut" not in card


def test_the_endpoints_code_lies_in_the_artifact_and_the_toolkit_installs_nothing_for_it(trained: Ended) -> None:
    code = {file.name for file in (trained.model / "code").iterdir()}
    assert code == {"inference.py", "endpoint", "onnxruntime.txt"}
    assert not list((trained.model / "code").rglob("__pycache__"))


def test_the_artifact_can_serve_in_int8(trained: Ended) -> None:
    assert "int8: onnx/model_int8.onnx is written" in trained.output
    exact, made = (load_model(trained.model, engine=engine).encode(["repair the river"]) for engine in ENGINES)
    assert (exact.vectors * made.vectors).sum() > 0.99


def test_a_killed_run_resumes_and_ends_with_the_losses_of_an_uninterrupted_one(
    tmp_path: Path, channels: Path, tiny_bert: Path, trained: Ended
) -> None:
    process = start_train(tmp_path, channels, base_model=tiny_bert, checkpoint_seconds=0, **RECIPE)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("attune-metric step=8 ") and "loss" in line:
            process.kill()
            break
    process.wait()
    checkpoints = {path.name for path in (tmp_path / "checkpoints").iterdir()} - {".unfinished"}
    assert checkpoints and all(int(name.removeprefix("checkpoint-")) >= 7 for name in checkpoints)
    assert not list((tmp_path / "checkpoints").rglob("README.md"))

    resumed = run_train(tmp_path, channels, base_model=tiny_bert, checkpoint_seconds=0, **RECIPE)
    assert resumed.code == 0, resumed.failure
    assert "Resuming from checkpoint-" in resumed.output
    expected, found = dict(trained.metrics("loss")), dict(resumed.metrics("loss"))
    assert found and found[12] == pytest.approx(expected[12], abs=1e-4)
    assert resumed.metrics("dev_ndcg_at_10")[-1] == trained.metrics("dev_ndcg_at_10")[-1]


def test_when_no_step_helps_the_base_models_weights_are_kept_and_that_is_said(
    tmp_path: Path, channels: Path, tiny_bert: Path
) -> None:
    ended = run_train(
        tmp_path, channels, base_model=tiny_bert, epochs=1, batch_size=32, max_seq_length=32, learning_rate=1e-12
    )
    assert ended.code == 0, ended.failure
    assert "no checkpoint beat the base model on the dev set" in ended.output
    assert ended.manifest()["devMetric"]["step"] == 0


def test_without_dev_questions_the_last_weights_are_kept_with_a_warning(
    tmp_path: Path, channels: Path, tiny_bert: Path
) -> None:
    (tmp_path / "channels" / "dev").mkdir(parents=True)
    (tmp_path / "channels" / "train").symlink_to(channels / "train")
    ended = run_train(
        tmp_path, tmp_path / "channels", base_model=tiny_bert, epochs=1, batch_size=32, max_seq_length=32, max_pairs=40
    )
    assert ended.code == 0, ended.failure
    assert "Warning: no dev question" in ended.output
    assert ended.metrics("dev_ndcg_at_10") == []
    assert ended.manifest()["devMetric"]["value"] is None


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"epochs": 0}, "epochs: found 0, expected at least 1."),
        ({"dimensions": "[16, 32]"}, "dimensions: found [16, 32], expected different sizes, largest first."),
        ({"learning_rate": "fast"}, "learning_rate: found 'fast', expected a number."),
        ({"temperature": 1}, "hyperparameters: found --temperature 1, expected only"),
        ({"base_model": "./nowhere"}, "base ./nowhere: no such folder."),
    ],
)
def test_an_unfit_hyperparameter_ends_the_job_at_once_with_a_sentence_and_exit_code_2(
    tmp_path: Path, channels: Path, recipe: dict[str, object], message: str
) -> None:
    ended = run_train(tmp_path, channels, **recipe)
    assert ended.code == 2
    assert ended.failure.startswith(message)


def test_a_length_beyond_the_models_positions_is_refused(tmp_path: Path, channels: Path, tiny_bert: Path) -> None:
    ended = run_train(tmp_path, channels, base_model=tiny_bert, max_seq_length=65)
    assert ended.code == 2
    assert "maxSeqLength: found 65, but the base model reads at most 64 tokens" in ended.failure
