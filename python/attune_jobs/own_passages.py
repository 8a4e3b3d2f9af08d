"""The passage that is the question itself, where questions stand in the corpus too.

Such sets (duplicate questions, counter-arguments) ask for other passages, and every model finds the question itself
first. BEIR leaves out of the ranking what has the question's id (`ignore_identical_ids`). Ids that people number from
one in both files mean nothing by being equal, so here the texts must be equal; where the ids are, nearly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence

from .prepare.near_duplicates import THRESHOLD, shingles, similarity
from .question_keys import question_key


def own_passages(
    question_ids: Sequence[str],
    questions: Sequence[str],
    passages: Iterable[tuple[str, str, str]],
    relevant: Sequence[Container[int]],
) -> list[list[int]]:
    """For each question the rows of the passages that are itself; a passage that is judged relevant to it is not.

    Args:
        passages: id, title and text of each row.
        relevant: for each question the rows that answer it.
    """
    asked: dict[str, list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        asked[question_key(question)].append(number)
    of_id = {own: number for number, own in enumerate(question_ids)}
    found: list[list[int]] = [[] for _ in questions]
    for row, (own, title, text) in enumerate(passages):
        same = set(asked.get(question_key(text), ()))
        if title:
            same.update(asked.get(question_key(f"{title} {text}"), ()))
        named = of_id.get(own)
        if named is not None and named not in same and _alike(questions[named], title, text):
            same.add(named)
        for number in same:
            if row not in relevant[number]:
                found[number].append(row)
    return found


def _alike(question: str, title: str, text: str) -> bool:
    asked = shingles(question)
    return max(similarity(asked, shingles(text)), similarity(asked, shingles(f"{title} {text}"))) >= THRESHOLD
