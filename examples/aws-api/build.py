"""Builds the example's retrieval data set from AWS's API reference, in BEIR layout.

The passages are the texts of AWS operations and their parameters, read from the installed botocore (Apache-2.0)
at build time. The questions are the hand-written ones in `questions/`. Same botocore, same questions: same bytes.

    python examples/aws-api/build.py --output examples/aws-api/build

writes `corpus.jsonl`, `queries.jsonl` and `qrels/{train,dev,test}.tsv` below the output folder.
"""

from __future__ import annotations

import argparse
import fnmatch
import html
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore
from botocore.loaders import Loader

HERE = Path(__file__).resolve().parent

BOTOCORE_VERSION = "1.44.5"
"""The questions were written against this version's texts."""

SERVICES = {
    "sagemaker": "SageMaker",
    "s3": "S3",
    "lambda": "Lambda",
    "bedrock": "Bedrock",
    "ecs": "ECS",
    "stepfunctions": "Step Functions",
    "events": "EventBridge",
    "sqs": "SQS",
}
"""botocore's service name, and the name people say."""

MIN_PARAMETER_CHARACTERS = 105
"""Shorter parameter texts ("The name of the job.") say nothing that a question could be about."""

MAX_PASSAGE_CHARACTERS = 480
"""A passage is the leading whole sentences up to here: about what an encoder with short inputs can see."""

BOILERPLATE_PARAMETERS = {
    "Bucket",
    "ChecksumAlgorithm",
    "ClientRequestToken",
    "ClientToken",
    "ContentMD5",
    "DryRun",
    "ExpectedBucketOwner",
    "MaxResults",
    "NextToken",
    "RequestPayer",
    "SSECustomerKeyMD5",
    "Tags",
    "clientRequestToken",
    "clientToken",
    "cluster",
    "maxResults",
    "nextToken",
    "tags",
}
"""Parameters that mean the same in every operation: no question has one of them as its only right answer."""

VERBS = re.compile(
    "^(Batch)?(Abort|Activate|Add|Associate|Attach|Cancel|Change|Complete|Copy|Create|Deactivate|Delete|Deregister|"
    "Describe|Detach|Disable|Disassociate|Enable|Export|Extend|Get|Head|Import|Invoke|List|Pause|Poll|Publish|Purge|"
    "Put|Query|Reboot|Receive|Redrive|Register|Remove|Rename|Render|Replace|Restore|Resume|Retry|Run|Search|Select|"
    "Send|Set|Start|Stop|Submit|Tag|Test|Untag|Update|Upload|Validate|Write)(?=[A-Z])"
)


class BuildError(Exception):
    """Something the user can mend; the message says how."""


@dataclass(frozen=True)
class Passage:
    """One text of the reference. `id` is `service.Operation` or `service.Operation.Parameter`."""

    id: str
    title: str
    text: str
    group: str


@dataclass(frozen=True)
class Question:
    text: str
    targets: tuple[str, ...]
    group: str


@dataclass(frozen=True)
class Splits:
    """Which families of operations are held out: split -> group -> patterns of `service.Resource`."""

    held_out: dict[str, dict[str, list[str]]]

    def group_of(self, service: str, operation: str) -> str:
        """The family that an operation belongs to: a held-out group by its patterns, else service and resource."""
        resource = f"{service}.{resource_of(operation)}"
        for groups in self.held_out.values():
            for group, patterns in groups.items():
                if any(fnmatch.fnmatchcase(resource, pattern) for pattern in patterns):
                    return group
        return resource

    def split_of(self, group: str) -> str:
        return next((split for split, groups in self.held_out.items() if group in groups), "train")


def resource_of(operation: str) -> str:
    """The singular noun that an operation acts on: `ListTrainingJobs` -> `TrainingJob`."""
    noun = VERBS.sub("", operation)
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("Aliases", "Buses")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith(("ss", "Alias", "Bus", "Status", "Cors")) else noun


def clean(markup: str) -> str:
    """Plain text of a documentation string: notes and tables left out, tags stripped, leading sentences kept."""
    body = re.sub(r"<(note|important|caution|table)\b.*?</\1>", " ", markup, flags=re.DOTALL)
    for source in (body, markup):
        text = html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?(code|a|i|b)\b[^>]*>", "", source)))
        text = re.sub(r"\s+([.,;:)])", r"\1", re.sub(r"\s+", " ", text)).strip()
        if text:
            return shorten(text)
    return ""


def shorten(text: str) -> str:
    """The leading sentences that fit into a passage; at least the first, cut at a word where it alone is longer."""
    if len(text) <= MAX_PASSAGE_CHARACTERS:
        return text
    ends = [match.end() for match in re.finditer(r"[.:!?](?=\s)", text[: MAX_PASSAGE_CHARACTERS + 1])]
    return text[: ends[-1]] if ends else text[:MAX_PASSAGE_CHARACTERS].rsplit(" ", 1)[0]


def read_passages(splits: Splits) -> tuple[list[Passage], dict[str, str]]:
    """All passages, and for every id whose text was already there under another id: that first id.

    Equal texts in one family of operations (the parameters of Create and Update, say) become one passage.
    """
    passages: list[Passage] = []
    alias: dict[str, str] = {}
    loader = Loader()
    for service, spoken in SERVICES.items():
        model = loader.load_service_model(service, "service-2")
        first: dict[str, str] = {}
        for operation in sorted(model["operations"]):
            for name, text in texts_of(model, operation):
                identifier = ".".join(filter(None, (service, operation, name)))
                if text in first:
                    alias[identifier] = first[text]
                    continue
                first[text] = identifier
                title = " ".join(filter(None, (spoken, operation, name)))
                passages.append(Passage(identifier, title, text, splits.group_of(service, operation)))
    return passages, alias


def texts_of(model: dict[str, Any], operation: str) -> list[tuple[str, str]]:
    """(parameter name or "", cleaned text) of an operation and of its parameters that are worth a passage."""
    definition = model["operations"][operation]
    shapes = model["shapes"]
    found = [("", clean(definition.get("documentation", "")))]
    members = shapes[definition["input"]["shape"]].get("members", {}) if "input" in definition else {}
    for name in sorted(members.keys() - BOILERPLATE_PARAMETERS):
        member = members[name]
        text = clean(member.get("documentation") or shapes[member["shape"]].get("documentation", ""))
        if len(text) >= MIN_PARAMETER_CHARACTERS:
            found.append((name, text))
    return [(name, text) for name, text in found if text]


def read_questions(folder: Path) -> list[Question]:
    """The hand-written questions, in the order of the files' names and lines."""
    questions: list[Question] = []
    seen: dict[str, str] = {}
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            where = f"questions/{file.name}:{number}"
            try:
                row = json.loads(line)
                question = Question(row["question"], tuple(row["targets"]), row["group"])
            except (ValueError, KeyError, TypeError) as error:
                raise BuildError(f'{where}: expected {{"question", "targets", "group"}} as one JSON object') from error
            if question.text in seen:
                raise BuildError(f"{where}: the question stands already at {seen[question.text]}: {question.text!r}")
            seen[question.text] = where
            questions.append(question)
    return questions


def resolve(questions: list[Question], passages: list[Passage], alias: dict[str, str]) -> list[Question]:
    """The questions with every target under the id of its passage. Raises: BuildError naming all unknown targets."""
    known = {passage.id for passage in passages}
    unknown = sorted(
        {name for question in questions for name in question.targets if alias.get(name, name) not in known}
    )
    if unknown:
        shown = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
        raise BuildError(
            f"{len(unknown)} passages that the questions name are not in botocore {botocore.__version__}: {shown}. "
            f'The questions were written for botocore {BOTOCORE_VERSION}: pip install "botocore=={BOTOCORE_VERSION}".'
        )
    return [
        Question(
            question.text, tuple(dict.fromkeys(alias.get(name, name) for name in question.targets)), question.group
        )
        for question in questions
    ]


def judgements(questions: list[Question], splits: Splits) -> dict[str, list[tuple[int, str]]]:
    """split -> (question number, passage id). What answers a held-out question is never a training positive.

    A test question may name a passage of another family when that answers it too; training and dev then do without it.
    """
    rows: dict[str, list[tuple[int, str]]] = {"test": [], "dev": [], "train": []}
    taken: set[str] = set()
    for split, wanted in rows.items():
        own = [
            (number, question) for number, question in enumerate(questions) if splits.split_of(question.group) == split
        ]
        wanted.extend(
            (number, target) for number, question in own for target in question.targets if target not in taken
        )
        taken.update(target for _, question in own for target in question.targets)
    return rows


def build(output: Path) -> dict[str, int]:
    """Writes the data set below `output`. Returns: counts by what was written."""
    splits = Splits(json.loads((HERE / "splits.json").read_text(encoding="utf-8")))
    passages, alias = read_passages(splits)
    questions = resolve(read_questions(HERE / "questions"), passages, alias)
    rows = judgements(questions, splits)
    asked = sorted({number for split in rows.values() for number, _ in split})

    (output / "qrels").mkdir(parents=True, exist_ok=True)
    write_json_lines(output / "corpus.jsonl", [{"_id": p.id, "title": p.title, "text": p.text} for p in passages])
    write_json_lines(
        output / "queries.jsonl",
        [{"_id": f"q{n:04}", "text": questions[n].text, "group": questions[n].group} for n in asked],
    )
    for split, pairs in rows.items():
        lines = [f"q{number:04}\t{target}\t1" for number, target in pairs]
        text = "\n".join(["query-id\tcorpus-id\tscore", *lines, ""])
        (output / "qrels" / f"{split}.tsv").write_text(text, encoding="utf-8", newline="\n")
    counts = {"passages": len(passages)}
    return counts | {
        f"{split} questions": len({number for number, _ in rows[split]}) for split in ("train", "dev", "test")
    }


def write_json_lines(file: Path, rows: list[dict[str, str]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    file.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds the aws-api example's data set from the installed botocore.")
    parser.add_argument(
        "--output", type=Path, default=HERE / "build", help="folder to write to (default: build/ beside this)"
    )
    arguments = parser.parse_args()
    try:
        counts = build(arguments.output)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{arguments.output}: " + ", ".join(f"{count:,} {what}" for what, count in counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
