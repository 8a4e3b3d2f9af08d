"""An epoch is as many steps as there are batches, however often a text stands in the pairs."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import torch
from datasets import Dataset
from sentence_transformers.base.sampler import NoDuplicatesBatchSampler
from train_runs import make_channels, run_train

from attune_jobs.errors import UserError
from attune_jobs.training.batches import CountedBatches, in_parts


def pairs(questions: int, answers: int, busiest: int = 0) -> dict[str, list[str]]:
    """Questions dealt out to answers in turn; then `busiest` more, all to the first answer."""
    documents = [f"answer {number % answers}" for number in range(questions)] + ["answer 0"] * busiest
    return {"query": [f"question {number}" for number in range(len(documents))], "document": documents}


def counted(
    columns: dict[str, list[str]], batch_size: int = 64, epochs: int = 3, processes: int = 1
) -> CountedBatches:
    return CountedBatches(
        columns, batch_size, epochs=epochs, processes=processes, generator=torch.Generator(), seed=42
    )


def epochs_of(batches: CountedBatches, epochs: int) -> list[list[list[int]]]:
    found = []
    for epoch in range(epochs):
        batches.set_epoch(epoch)
        found.append(list(batches))
    return found


@pytest.mark.parametrize(
    ("columns", "least_used"),
    [
        (pairs(960, 32), 0.95),
        (pairs(960, 960), 1),
        (pairs(1000, 500), 0.99),
        (pairs(600, 500, busiest=560), 0.5),
        (pairs(40, 40), 1),
        ({"query": [f"question {n // 3}" for n in range(300)], "document": [f"answer {n}" for n in range(300)]}, 0.95),
    ],
)
@pytest.mark.parametrize("processes", [1, 2])
def test_every_epoch_has_the_batches_that_were_counted_and_the_rows_that_were_said(
    columns: dict[str, list[str]], least_used: float, processes: int
) -> None:
    batches = counted(columns, processes=processes)
    for epoch in epochs_of(batches, 3):
        assert len(epoch) == len(batches)
        rows = [row for batch in epoch for row in batch]
        assert max(Counter(rows).values()) == 1
        assert batches.of >= len(rows) >= batches.used >= least_used * batches.of
        for batch in epoch:
            assert len(batch) >= 2
            for texts in columns.values():
                assert len({texts[row] for row in batch}) == len(batch)


def test_where_no_text_repeats_they_are_the_batches_of_the_library() -> None:
    columns = pairs(300, 300)
    library = NoDuplicatesBatchSampler(
        Dataset.from_dict(columns), 64, drop_last=False, generator=torch.Generator(), seed=42
    )
    batches = counted(columns)
    assert batches.said() is None
    for epoch, found in enumerate(epochs_of(batches, 3)):
        library.set_epoch(epoch)
        assert found == list(library)


def test_an_answer_to_half_of_all_questions_does_not_make_hundreds_of_empty_steps() -> None:
    batches = counted(pairs(600, 500, busiest=560))
    assert len(batches) < 40
    assert re.search(r"5\d\d of 1160 pairs are left out of an epoch", str(batches.said()))


def test_pairs_that_lead_to_one_passage_are_refused() -> None:
    with pytest.raises(UserError, match="hold 1 different questions or passages, expected at least 2"):
        counted(pairs(200, 1))


def test_largest_batches_are_halved_until_there_are_enough() -> None:
    assert in_parts([[0, 1, 2, 3, 4], [5, 6]], 3, 2) == [[0, 1], [2, 3, 4], [5, 6]]
    assert in_parts([[0, 1, 2]], 2, 2) == [[0, 1, 2], [0, 1, 2]]


def test_training_on_few_answers_takes_the_steps_it_needs_and_says_so(tmp_path: Path, tiny_bert: Path) -> None:
    channels = make_channels(tmp_path / "channels")
    rows = [json.loads(line) for line in (channels / "train" / "pairs.jsonl").read_text().splitlines()]
    with (channels / "train" / "pairs.jsonl").open("w") as file:
        for number, row in enumerate(rows):
            file.write(json.dumps(row | {"document": rows[number % 8]["document"]}) + "\n")
    recipe = {"epochs": 2, "learning_rate": 1e-3, "batch_size": 16, "max_seq_length": 32}
    ended = run_train(tmp_path / "job", channels, base_model=tiny_bert, **recipe)
    assert ended.code == 0, ended.failure
    said = re.search(r"Warning: batches: (\d+) an epoch, of at most 8 pairs \(batch_size 16\)", ended.output)
    assert said and int(said.group(1)) >= 12  # counted by rows there would be 6
    last_step = ended.metrics("loss")[-1][0]
    assert last_step == 2 * int(said.group(1))
