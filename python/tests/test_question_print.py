from __future__ import annotations

from attune_jobs.evaluation.question_print import MOST_SAMPLED, question_print


def test_a_test_is_known_by_its_questions_whatever_their_order_case_and_punctuation() -> None:
    one = question_print(["How do I return a parcel?", "what is C++", "what is C"])

    assert question_print(["WHAT IS C", "what is C++?", "how do I return a parcel"]) == one
    assert question_print(["what is C", "what is C++"])["hash"] != one["hash"]
    assert len(one["sample"]) == 3


def test_of_many_questions_the_smallest_hashes_are_kept_and_tests_that_share_questions_share_them() -> None:
    whole = question_print([f"question {row}" for row in range(2000)])["sample"]
    half = question_print([f"question {row}" for row in range(1000)])["sample"]

    assert len(whole) == len(half) == MOST_SAMPLED and whole == sorted(whole)
    shared = [key for key in half if key <= whole[-1]]
    assert set(shared) < set(whole)
    assert 0.4 < len(shared) / len(whole) < 0.6
