"""The data report: what was read, what was left out and why, and what a person should look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..json_line import load_line
from ..question_keys import question_key
from ..segments import words
from ..smallest_gain import in_words
from ..texts import embedded_text
from .collection import TEST, TRAIN, Collection
from .grouping import Grouping, Relevance
from .near_questions import near_repeats
from .splitting import SET_ASIDE, Assignment
from .stores import Integers
from .tokens import TokenCounter

SAMPLE = 5_000
"""Texts of a kind that are tokenized for the percentiles; evenly spaced where there are more."""

PERCENTILES = (50, 90, 95, 99)
TRUNCATED_WARNING = 0.1
COPIED_WARNING = 0.6
BIG_COMPONENT = 0.1
SET_ASIDE_WARNING = 0.1
FEW_TRAIN_PAIRS = 500
FEW_TEST_QUESTIONS = 300
FEW_TEST_GROUPS = 10
"""As gate.minGroups is by default."""

USUAL_CONFIDENCE = 0.95
"""As gate.confidence is by default."""

USUAL_BATCH = 64
"""Pairs, as train.batchSize is by default."""

MORE_BATCHES = 1.5
"""Times as many as full ones would be."""


def token_lengths(collection: Collection, relevance: Relevance, tokens: TokenCounter) -> dict[str, Any]:
    """Percentiles of token lengths (special tokens included), and the share that the model would cut."""
    passages = (
        embedded_text(value["title"], value["text"])
        for value in map(load_line, collection.passages.read(_sample(relevance.passage_P)))
    )
    questions = (load_line(line)["text"] for line in collection.questions.read(_sample(relevance.question_Q)))
    return {"questions": _lengths(questions, tokens), "passages": _lengths(passages, tokens)}


def _sample(numbers: Integers) -> Integers:
    if len(numbers) <= SAMPLE:
        return numbers
    return numbers[np.linspace(0, len(numbers) - 1, SAMPLE).astype(np.int64)]


def _lengths(texts: Iterator[str], tokens: TokenCounter) -> dict[str, Any]:
    lengths = np.array(tokens.count(texts), np.int64) + tokens.added
    if not len(lengths):
        return {"counted": 0}
    longest = {f"p{percentile}": int(np.percentile(lengths, percentile)) for percentile in PERCENTILES}
    truncated = float(np.mean(lengths > tokens.max_seq_length))
    return {"counted": len(lengths), **longest, "max": int(lengths.max()), "truncatedShare": round(truncated, 4)}


def copied_share(collection: Collection, relevance: Relevance) -> float:
    """Mean share of a question's distinct words that stand in its passage, over at most SAMPLE rows; 0..1."""
    rows = _sample(np.arange(len(relevance.row_question_R)))
    shares = []
    for row in rows:
        question = load_line(collection.questions[int(relevance.question_Q[relevance.row_question_R[row]])])["text"]
        passage = load_line(collection.passages[int(relevance.passage_P[relevance.row_passage_R[row]])])
        asked = set(words(question)) or {question_key(question)}
        shares.append(len(asked & set(words(embedded_text(passage["title"], passage["text"])))) / len(asked))
    return round(float(np.mean(shares)), 4)


def duplicates(collection: Collection, relevance: Relevance, grouping: Grouping) -> dict[str, int]:
    cluster_size = np.bincount(grouping.cluster_P, minlength=1)
    return {
        "repeatedRows": relevance.repeated_rows,
        "mergedPassages": len(collection.passages) - len(relevance.passage_P),
        "mergedQuestions": len(collection.questions) - len(relevance.question_Q),
        "passagesWithNearDuplicate": int(cluster_size[cluster_size > 1].sum()),
        "nearDuplicateClusters": int(np.count_nonzero(cluster_size > 1)),
        "boilerplatePassages": int(np.count_nonzero(grouping.boilerplate_P)),
    }


def clusters(collection: Collection, relevance: Relevance, grouping: Grouping) -> dict[str, str]:
    """Id of each passage that has near-duplicates → the id of the first of them."""
    size_P = np.bincount(grouping.cluster_P, minlength=1)
    members = np.flatnonzero(size_P[grouping.cluster_P] > 1)

    def own(number: int) -> str:
        name: str = load_line(collection.passages[int(relevance.passage_P[number])])["_id"]
        return name

    return {own(number): own(int(grouping.cluster_P[number])) for number in members.tolist()}


def near_repeated_questions(collection: Collection, relevance: Relevance, assignment: Assignment) -> dict[str, Any]:
    """At most SAMPLE test questions, evenly spaced, beside all training questions."""

    def texts(numbers: Integers) -> Iterator[str]:
        return (load_line(line)["text"] for line in collection.questions.read(relevance.question_Q[numbers]))

    tested, trained = (np.unique(relevance.row_question_R[assignment.split_R == split]) for split in (TEST, TRAIN))
    return near_repeats(texts(_sample(tested)), texts(trained))


def earlier(relevance: Relevance, earlier_R: Integers, assignment: Assignment, crossed: Integers) -> dict[str, int]:
    """Questions that an earlier run had, by what became of them here."""

    def questions(rows_R: np.ndarray) -> int:
        return len(np.unique(relevance.row_question_R[rows_R]))

    split_R = assignment.split_R
    return {
        "known": questions(earlier_R >= TRAIN),
        "heldOutBeforeAndTrainedNow": questions((earlier_R > TRAIN) & (split_R == TRAIN)),
        "trainedBeforeAndTested": questions((earlier_R == TRAIN) & (split_R == TEST)),
        "leftOutOfTest": questions(np.isin(np.arange(len(split_R)), crossed)),
    }


def largest_component_share(assignment: Assignment) -> float:
    """Share of the used rows that stand in the largest component; 0..1."""
    used = assignment.component_R[assignment.split_R != SET_ASIDE]
    return round(float(np.bincount(used).max() / len(used)), 4) if len(used) else 0.0


def warnings(report: dict[str, Any], max_seq_length: int) -> list[str]:
    """Sentences with their numbers, for what a person should look at before trusting the run."""
    found: list[str] = []
    counts = report["counts"]
    if counts["train"]["pairs"] < FEW_TRAIN_PAIRS:
        found.append(f"Only {counts['train']['pairs']} training pairs; {FEW_TRAIN_PAIRS} or more are advised.")
    questions, groups = counts["test"]["questions"], counts["test"]["groups"]
    if questions < FEW_TEST_QUESTIONS:
        found.append(
            f"Only {questions} test questions of {groups} groups: {in_words(questions, groups, USUAL_CONFIDENCE)}; "
            f"{FEW_TEST_QUESTIONS} or more are advised."
        )
    if groups < FEW_TEST_GROUPS:
        found.append(
            f"The test questions come from {groups} groups, and those of one group tell much the same: the gate "
            f"decides nothing on fewer than gate.minGroups, {FEW_TEST_GROUPS} unless the spec says otherwise. Give "
            "questions about more documents, or more groups."
        )
    busiest = counts["train"]["mostPairsOfOneText"]
    if busiest > MORE_BATCHES * -(-counts["train"]["pairs"] // USUAL_BATCH):
        found.append(
            f"{counts['train']['pairs']} training pairs lead to {counts['train']['passages']} passages, and one text "
            f"stands in {busiest} of them. A batch holds no text twice: an epoch has at least {busiest} batches, of "
            f"{counts['train']['pairs'] // busiest} pairs on average, whatever train.batchSize says, or leaves pairs "
            "out. Give more passages, or fewer pairs for each."
        )
    if not counts["dev"]["questions"]:
        found.append("No dev question: the last checkpoint is kept, whatever its quality. Give more groups.")
    lengths = report["tokenLengths"]["passages"]
    if lengths.get("truncatedShare", 0) > TRUNCATED_WARNING:
        found.append(
            f"{lengths['truncatedShare']:.0%} of the passages are longer than maxSeqLength {max_seq_length} and are "
            f"cut; {lengths['p95']} tokens would hold 95 % of them."
        )
    if report["copiedShare"] > COPIED_WARNING:
        found.append(
            f"On average {report['copiedShare']:.0%} of a question's words stand in its passage: keyword search will "
            "be hard to beat, and the test says little about questions in other words."
        )
    if report["largestComponentShare"] > BIG_COMPONENT:
        found.append(
            f"{report['largestComponentShare']:.0%} of the rows hang together by shared questions, groups or "
            "near-duplicates and stand in one split."
        )
    moved = report["earlier"]["heldOutBeforeAndTrainedNow"]
    if moved:
        found.append(
            f"{moved} questions that an earlier run held out are trained on now: new rows join them with what was "
            "trained on. The test grows again by questions about passages that are new."
        )
    repeated = report["nearRepeatedQuestions"]
    if repeated["found"]:
        example = repeated["examples"][0]
        found.append(
            f"{repeated['found']} of {repeated['compared']} test questions nearly repeat a training question (such as "
            f"{example['test'][:80]!r} and {example['train'][:80]!r}). Fine where they ask for different things; else "
            "give them the same group."
        )
    set_aside = report["leakage"]["boilerplateRowsSetAside"]
    if set_aside > SET_ASIDE_WARNING * max(1, report["read"]["rows"]):
        found.append(
            f"{set_aside} rows were set aside because their passage stands in more than five groups. "
            "If such passages are meant to be found, leave the group out."
        )
    return found
