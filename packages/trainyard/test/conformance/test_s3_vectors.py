"""S3 Vectors by AWS's own client: buckets, indexes, vectors, and what is refused as AWS refuses it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bench import ACCOUNT, REGION, Emulator, client

BUCKET = "vectors"
ARN = f"arn:aws:s3vectors:{REGION}:{ACCOUNT}:bucket/{BUCKET}"


@pytest.fixture
def vectors(emulator: Emulator) -> Iterator[Any]:
    made = client("s3vectors", emulator.url)
    made.create_vector_bucket(vectorBucketName=BUCKET)
    yield made
    for index in made.list_indexes(vectorBucketName=BUCKET)["indexes"]:
        made.delete_index(indexArn=index["indexArn"])
    made.delete_vector_bucket(vectorBucketName=BUCKET)


def of(index: str) -> dict[str, str]:
    return {"vectorBucketName": BUCKET, "indexName": index}


def made_index(vectors: Any, name: str, dimension: int = 3, metric: str = "cosine") -> dict[str, str]:
    configuration = {"nonFilterableMetadataKeys": ["text"]}
    vectors.create_index(
        **of(name),
        dataType="float32",
        dimension=dimension,
        distanceMetric=metric,
        metadataConfiguration=configuration,
    )
    return of(name)


def vector(key: str, *values: float, **metadata: Any) -> dict[str, Any]:
    return {"key": key, "data": {"float32": list(values)}, "metadata": metadata}


def refusal(call: Any, **request: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_buckets_and_indexes_are_made_looked_at_and_listed(vectors: Any) -> None:
    made_index(vectors, "docs-b")
    made_index(vectors, "docs-a", metric="euclidean")
    made_index(vectors, "other")

    bucket = vectors.get_vector_bucket(vectorBucketArn=ARN)["vectorBucket"]
    index = vectors.get_index(indexArn=f"{ARN}/index/docs-a")["index"]
    names = [
        one["indexName"]
        for page in vectors.get_paginator("list_indexes").paginate(
            vectorBucketName=BUCKET, prefix="docs-", PaginationConfig={"PageSize": 1}
        )
        for one in page["indexes"]
    ]

    assert bucket["vectorBucketName"] == BUCKET and bucket["vectorBucketArn"] == ARN
    assert (index["dimension"], index["distanceMetric"], index["dataType"]) == (3, "euclidean", "float32")
    assert index["metadataConfiguration"]["nonFilterableMetadataKeys"] == ["text"]
    assert names == ["docs-a", "docs-b"]
    assert refusal(vectors.create_vector_bucket, vectorBucketName=BUCKET)[:2] == ("ConflictException", 409)
    assert refusal(made_index, vectors=vectors, name="docs-a")[:2] == ("ConflictException", 409)
    assert refusal(vectors.delete_vector_bucket, vectorBucketName=BUCKET)[:2] == ("ConflictException", 409)
    assert refusal(vectors.get_index, **of("none"))[:2] == ("NotFoundException", 404)
    assert refusal(vectors.get_vector_bucket, vectorBucketName="none")[:2] == ("NotFoundException", 404)


def test_a_vector_that_is_put_twice_is_there_once_as_it_came_last(vectors: Any) -> None:
    index = made_index(vectors, "twice")
    vectors.put_vectors(**index, vectors=[vector("a", 1, 0, 0, text="old"), vector("b", 0, 1, 0)])
    vectors.put_vectors(**index, vectors=[vector("a", 0, 0, 1, text="new")])

    found = vectors.get_vectors(**index, keys=["a", "none"], returnData=True, returnMetadata=True)["vectors"]
    listed = vectors.list_vectors(**index)["vectors"]

    assert found == [vector("a", 0, 0, 1, text="new")]
    assert sorted(listed, key=lambda one: str(one["key"])) == [{"key": "a"}, {"key": "b"}]
    vectors.delete_vectors(**index, keys=["a", "none"])
    assert vectors.list_vectors(**index)["vectors"] == [{"key": "b"}]


def test_what_is_nearest_comes_first_with_its_cosine_distance(vectors: Any) -> None:
    index = made_index(vectors, "nearest")
    vectors.put_vectors(**index, vectors=[vector("x", 2, 0, 0, text="x"), vector("y", 0, 1, 0), vector("xy", 1, 1, 0)])

    answer = vectors.query_vectors(
        **index, topK=2, queryVector={"float32": [1, 0, 0]}, returnDistance=True, returnMetadata=True
    )

    assert answer["distanceMetric"] == "cosine"
    assert [one["key"] for one in answer["vectors"]] == ["x", "xy"]
    assert [one["distance"] for one in answer["vectors"]] == pytest.approx([0, 1 - 2**-0.5], abs=1e-6)
    assert answer["vectors"][0]["metadata"] == {"text": "x"}


def test_a_list_comes_page_by_page_and_in_segments_each_vector_once(vectors: Any) -> None:
    index = made_index(vectors, "paged")
    keys = [f"d{i}" for i in range(60)]
    for start in range(0, 60, 20):
        vectors.put_vectors(**index, vectors=[vector(key, 1, 0, 0) for key in keys[start : start + 20]])

    def listed(**segment: int) -> list[str]:
        pages = vectors.get_paginator("list_vectors").paginate(**index, **segment, PaginationConfig={"PageSize": 7})
        return [one["key"] for page in pages for one in page["vectors"]]

    assert sorted(listed()) == sorted(keys)
    parts = [listed(segmentCount=3, segmentIndex=part) for part in range(3)]
    assert sorted(sum(parts, [])) == sorted(keys)
    assert all(parts)


def test_a_page_ends_where_a_megabyte_is_listed(vectors: Any) -> None:
    index = made_index(vectors, "large")
    vectors.put_vectors(**index, vectors=[vector(f"d{i}", 1, 0, 0, text="x" * 35_000) for i in range(60)])

    page = vectors.list_vectors(**index, returnMetadata=True)

    assert len(page["vectors"]) == 30
    assert "nextToken" in page


def test_vectors_that_do_not_fit_are_refused_and_none_of_their_request_is_kept(vectors: Any) -> None:
    index = made_index(vectors, "refused")
    good = vector("good", 1, 0, 0)
    for bad, words in [
        (vector("short", 1, 0), "2 dimensions"),
        (vector("zero", 0, 0, 0), "no cosine"),
        (vector("huge", 1e39, 0, 0), "finite"),
        (vector("long", 1, 0, 0, text="x" * 41_000), "at most 40000"),
        (vector("wide", 1, 0, 0, title="x" * 2_100), "Filterable"),
        (vector("deep", 1, 0, 0, text={"a": 1}), "no string"),
        (good, "once"),
    ]:
        code, status, message = refusal(vectors.put_vectors, **index, vectors=[good, bad])
        assert (code, status) == ("ValidationException", 400)
        assert words in message
    assert vectors.list_vectors(**index)["vectors"] == []
    many = [vector(f"d{i}", 1, 0, 0) for i in range(501)]
    assert "500" in refusal(vectors.put_vectors, **index, vectors=many)[2]
    query = {"queryVector": {"float32": [1, 0, 0]}}
    assert "topK" in refusal(vectors.query_vectors, **index, **query, topK=101)[2]
    assert "filter" in refusal(vectors.query_vectors, **index, **query, topK=1, filter={"a": 1})[2]


def test_what_botocore_would_not_send_is_refused_too(emulator: Emulator) -> None:
    unchecked = client("s3vectors", emulator.url, parameter_validation=False)

    assert refusal(unchecked.create_vector_bucket, vectorBucketName="UPPER")[0] == "ValidationException"
    assert refusal(unchecked.create_vector_bucket)[0] == "ValidationException"
    assert refusal(unchecked.get_index, indexName="only")[0] == "ValidationException"


def test_a_request_of_500_large_vectors_is_taken(vectors: Any) -> None:
    index = made_index(vectors, "wide", dimension=1024)
    dice = random.Random(1)
    rows = [vector(f"d{i}", *(dice.random() for _ in range(1024)), text="x" * 2_000) for i in range(500)]

    vectors.put_vectors(**index, vectors=rows)

    assert len(vectors.list_vectors(**index, maxResults=1000)["vectors"]) == 500


def test_a_kill_keeps_what_was_answered(own: Emulator) -> None:
    vectors = client("s3vectors", own.url)
    vectors.create_vector_bucket(vectorBucketName=BUCKET)
    index = made_index(vectors, "killed")
    vectors.put_vectors(**index, vectors=[vector("a", 1, 0, 0, text="kept"), vector("b", 0, 1, 0)])
    vectors.delete_vectors(**index, keys=["b"])
    own.kill()
    path = own.state / "vectors" / BUCKET / "killed.jsonl"
    path.write_text(path.read_text() + '{"put": [{"key": "half')
    own.start()

    listed = client("s3vectors", own.url).list_vectors(**index, returnData=True, returnMetadata=True)["vectors"]

    assert listed == [vector("a", 1, 0, 0, text="kept")]
