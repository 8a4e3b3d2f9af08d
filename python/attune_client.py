"""Search through an index that attune keeps: one look at its pointer names the endpoint that embeds the question and
the version that is searched, so that no question meets the index of another model.

One file without dependencies: copy it into your service. It is given a client of boto3, and for an index in PostgreSQL
a connection by DB-API 2.0 (psycopg, pg8000), for one in S3 Vectors two more clients:

    index = Index("support_docs", psycopg.connect(url), boto3.client("sagemaker-runtime"))
    index = S3VectorsIndex(
        "s3://my-bucket/attune/_indexes/my-vectors/support-docs.json",
        boto3.client("s3"), boto3.client("s3vectors"), boto3.client("sagemaker-runtime"),
    )
    answer = index.search("how do I reset my password")
    for hit in answer.hits:
        print(hit.rank, hit.score, hit.title)
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
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


class Objects(Protocol):
    """`boto3.client("s3")`"""

    def get_object(self, *, Bucket: str, Key: str) -> Any: ...  # noqa: N803


class Vectors(Protocol):
    """`boto3.client("s3vectors")`"""

    def query_vectors(self, **request: Any) -> Any: ...


@dataclass(frozen=True)
class _Pair:
    version: str
    endpoint: str
    dimensions: int


class _Searched(ABC):
    """What the indexes of all stores have in common."""

    def __init__(self, name: str, runtime: Runtime) -> None:
        self._name = name
        self._runtime = runtime

    def search(self, question: str, k: int = 10) -> Answer:
        """The k documents that are nearest to the question.

        Raises: NothingServesError where no version serves; whatever store and endpoint raise.
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

    @abstractmethod
    def _pair(self) -> Any:
        """Raises: NothingServesError."""

    @abstractmethod
    def _nearest(self, vector: list[float], pair: Any, k: int) -> tuple[Hit, ...]: ...

    def _nothing_serves(self) -> NothingServesError:
        return NothingServesError(f"index {self._name} has no version in service")

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


@dataclass(frozen=True)
class _TablePair(_Pair):
    element: str
    ef_search: int


class Index(_Searched):
    """In PostgreSQL with pgvector."""

    def __init__(self, name: str, connection: Connection, runtime: Runtime) -> None:
        """
        Args:
            name: `index.table` of the spec.
            connection: to its database; it is neither closed nor committed.
        """
        super().__init__(name, runtime)
        self._connection = connection

    def _pair(self) -> _TablePair:
        rows = self._query(
            "select v.version, v.endpoint, v.dimensions, v.element, v.ef_search"
            " from attune_index_live l join attune_index_versions v using (name, version) where l.name = %s",
            [self._name],
        )
        if not rows:
            raise self._nothing_serves()
        return _TablePair(*rows[0])

    def _nearest(self, vector: list[float], pair: _TablePair, k: int) -> tuple[Hit, ...]:
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


class S3VectorsIndex(_Searched):
    """In Amazon S3 Vectors."""

    def __init__(self, pointer: str, objects: Objects, vectors: Vectors, runtime: Runtime) -> None:
        """
        Args:
            pointer: S3 URI of what names the version in service, as `attune index status` tells it:
                s3://BUCKET/PREFIX/_indexes/VECTOR-BUCKET/INDEX.json.
            objects: `boto3.client("s3")`; needs s3:GetObject on the pointer.
            vectors: `boto3.client("s3vectors")`; needs s3vectors:QueryVectors and s3vectors:GetVectors.
        """
        self._bucket, _, self._key = pointer.removeprefix("s3://").partition("/")
        _, self._vector_bucket, name = pointer.rsplit("/", 2)
        super().__init__(name.removesuffix(".json"), runtime)
        self._objects = objects
        self._vectors = vectors

    def _pair(self) -> _Pair:
        try:
            state = json.loads(self._objects.get_object(Bucket=self._bucket, Key=self._key)["Body"].read())
        except Exception as error:
            if getattr(error, "response", {}).get("Error", {}).get("Code") != "NoSuchKey":
                raise
            raise self._nothing_serves() from error
        live = state.get("live", {}).get("version")
        for version in state["versions"]:
            if version["version"] == live:
                return _Pair(live, version["endpoint"], version["dimensions"])
        raise self._nothing_serves()

    def _nearest(self, vector: list[float], pair: _Pair, k: int) -> tuple[Hit, ...]:
        request = {
            "vectorBucketName": self._vector_bucket,
            "indexName": f"{self._name}-{pair.version}",
            "queryVector": {"float32": vector},
            "topK": k,
            "returnMetadata": True,
            "returnDistance": True,
        }
        found = []
        page = self._vectors.query_vectors(**request)
        found += page["vectors"]
        while token := page.get("nextToken"):
            page = self._vectors.query_vectors(**request, nextToken=token)
            found += page["vectors"]
        return tuple(
            Hit(rank, one["key"], one["metadata"]["title"], one["metadata"]["text"], 1 - one["distance"])
            for rank, one in enumerate(found, start=1)
        )
