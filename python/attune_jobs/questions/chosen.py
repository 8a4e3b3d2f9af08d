"""Which passages are asked about, and for which kinds of questions: the same ones for the same documents and seed."""

from __future__ import annotations

import random
from itertools import zip_longest

from ..prepare.collection import Collection


def choose(collection: Collection, most: int, seed: int) -> tuple[list[int], int]:
    """Passages from every document in turn, so that a long one does not crowd out the others.

    Args:
        most: passages at most. Where there are more documents, some have none.
    Returns: (numbers, documents): the passages, ascending; of how many documents there are any.
    """
    firsts, _ = collection.passage_hashes.distinct()
    by_document: dict[str, list[int]] = {}
    for number in firsts:  # a text that recurs is asked about once
        by_document.setdefault(collection.document_of(int(number)), []).append(int(number))
    order = sorted(by_document)
    random.Random(seed).shuffle(order)
    for document in order:
        random.Random(f"{seed} {document}").shuffle(by_document[document])
    rounds = zip_longest(*(by_document[document] for document in order))
    numbers = [number for turn in rounds for number in turn if number is not None]
    return sorted(numbers[:most]), len(order)


def deal_kinds(shares: dict[str, float], passages: int, per_passage: int) -> list[list[str]]:
    """For each passage the kinds that it is asked for, in the stated shares over all, evenly mixed.

    Args:
        shares: kind → share, of one another; at least one above 0.
    """
    slots = passages * per_passage
    total = sum(shares.values())
    wanted = {kind: slots * share / total for kind, share in shares.items() if share > 0}
    counts = {kind: int(count) for kind, count in wanted.items()}
    # What rounding has left goes to those that lost most by it.
    for kind in sorted(wanted, key=lambda kind: counts[kind] - wanted[kind])[: slots - sum(counts.values())]:
        counts[kind] += 1
    places = sorted(((turn + 0.5) / count, kind) for kind, count in counts.items() for turn in range(count))
    dealt = [kind for _, kind in places]
    return [dealt[at : at + per_passage] for at in range(0, slots, per_passage)]
