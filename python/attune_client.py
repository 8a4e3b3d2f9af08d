"""Search through an index that attune keeps: one look at its pointer names the endpoint that embeds the question and
the version that is searched, so that no question meets the index of another model.

One file without dependencies: copy it into your service. It is given a connection by DB-API 2.0 (psycopg, pg8000) and
a client of boto3:

    index = Index("support_docs", psycopg.connect(url), boto3.client("sagemaker-runtime"))
    answer = index.search("how do I reset my password")
    for hit in answer.hits:
        print(hit.rank, hit.score, hit.title)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

ROUNDS = 5
"""So often is the pointer read again where what it named has been removed since: each time, another pair serves."""


class NothingServesError(LookupError):
    """The index has no version in service."""


@dataclass(frozen=True)
class Hit:
    rank: int
    """From 1."""
    id: str
    title: str
    text: str
    score: float
    """Cosine."""


@dataclass(frozen=True)
class Answer:
    version: str
    """That was searched."""
    endpoint: str
    """That has embedded the question for it."""
    hits: tuple[Hit, ...]


class Connection(Protocol):
    """As DB-API 2.0 has it, with `%s` for parameters. One search at a time: a transaction is its own."""

    def cursor(self) -> Any: ...
    def rollback(self) -> Any: ...


class Runtime(Protocol):
    """`boto3.client("sagemaker-runtime")`"""

    def invoke_endpoint(self, *, EndpointName: str, ContentType: str, Accept: str, Body: bytes) -> Any: ...  # noqa: N803


@dataclass(frozen=True)
class _Pair:
    version: str
    endpoint: str
    dimensions: int
    element: str
    ef_search: int


class Index:
    def __init__(self, name: str, connection: Connection, runtime: Runtime) -> None:
        """
        Args:
            name: `index.table` of the spec.
            connection: to its database; it is neither closed nor committed.
        """
        self._name = name
        self._connection = connection
        self._runtime = runtime

    def search(self, question: str, k: int = 10) -> Answer:
        """The k documents that are nearest to the question.

        Raises: NothingServesError where no version serves; whatever database and endpoint raise.
        """
        for last in range(ROUNDS - 1, -1, -1):
            pair = self._pair()
            try:
                vector = self._embedded(question, pair)
                return Answer(pair.version, pair.endpoint, self._nearest(vector, pair, k))
            except Exception:
                # Where another pair serves by now, this one may have been removed since the pointer was read.
                if last == 0 or self._pair() == pair:
                    raise
        raise AssertionError("unreachable: the last round returns or raises")

    def _pair(self) -> _Pair:
        rows = self._query(
            "select v.version, v.endpoint, v.dimensions, v.element, v.ef_search"
            " from attune_index_live l join attune_index_versions v using (name, version) where l.name = %s",
            [self._name],
        )
        if not rows:
            raise NothingServesError(f"index {self._name} has no version in service")
        return _Pair(*rows[0])

    def _embedded(self, question: str, pair: _Pair) -> list[float]:
        body = json.dumps({"inputs": [question], "kind": "query", "dimensions": pair.dimensions})
        answer = self._runtime.invoke_endpoint(
            EndpointName=pair.endpoint,
            ContentType="application/json",
            Accept="application/json",
            Body=body.encode(),
        )
        (vector,) = json.loads(answer["Body"].read())
        return [float(value) for value in vector]

    def _nearest(self, vector: list[float], pair: _Pair, k: int) -> tuple[Hit, ...]:
        kind = {"float32": "vector", "float16": "halfvec"}[pair.element]
        table = '"{}"'.format(f"{self._name}_{pair.version}".replace('"', '""'))
        rows = self._query(
            f"select id, title, text, 1 - (embedding <=> %s::{kind}) as score from {table}"
            f" order by embedding <=> %s::{kind} limit %s",
            [str(vector), str(vector), k],
            ef_search=max(pair.ef_search, k),
        )
        return tuple(Hit(rank, *row) for rank, row in enumerate(rows, start=1))

    def _query(self, statement: str, parameters: Sequence[Any], ef_search: int | None = None) -> list[Any]:
        """In a transaction of its own, which changes nothing and leaves nothing set."""
        cursor = self._connection.cursor()
        try:
            if ef_search is not None:
                cursor.execute("select set_config('hnsw.ef_search', %s, true)", [str(ef_search)])
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())
        finally:
            cursor.close()
            self._connection.rollback()
