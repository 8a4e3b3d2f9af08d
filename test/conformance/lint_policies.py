"""Lints IAM policies with parliament: {name: policy} on stdin, {name: ["issue: detail"]} of faulty ones on stdout."""

from __future__ import annotations

import ast
import json
import sys
from typing import Any

import parliament

Statement = dict[str, Any]


def faults(policy: dict[str, Any]) -> list[str]:
    # A role's trust policy names no resource: it is its role's own.
    statements = [{"Resource": "*", **one} if "Principal" in one else one for one in policy["Statement"]]
    findings = parliament.analyze_policy_string(json.dumps({**policy, "Statement": statements})).findings
    return sorted(f"{one.issue}: {one.detail}" for one in findings if is_fault(one.issue, one.detail, statements))


def is_fault(issue: str, detail: str, statements: list[Statement]) -> bool:
    """Who may do something is one question, and on how much is another: `*` is left to the tests."""
    if issue == "RESOURCE_STAR":
        return False
    if issue != "RESOURCE_MISMATCH":
        return True
    # An action on two kinds of resources may have each of them from a statement of its own.
    return any(not is_given(**lacking, statements=statements) for lacking in ast.literal_eval(str(detail)))


MODEL = "arn:*:bedrock:*::foundation-model/*"
NAMED = {
    "bedrock:InvokeModel": {MODEL},
    "bedrock:CreateModelInvocationJob": {MODEL, "arn:*:bedrock:*:*:model-invocation-job/*"},
}
"""Action that goes to some of many kinds of resources → the kinds that attune's policies name."""


def is_given(action: str, required_format: str, statements: list[Statement]) -> bool:
    if required_format not in NAMED.get(action, {required_format}):
        return True
    return any(
        parliament.is_arn_match("", required_format, resource)
        for statement in statements
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    )


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


policies: dict[str, dict[str, Any]] = json.load(sys.stdin)
print(json.dumps({name: found for name, policy in policies.items() if (found := faults(policy))}))
