"""Lints IAM policies with parliament: {name: policy} on stdin, {name: ["issue: detail"]} of faulty ones on stdout."""

from __future__ import annotations

import ast
import json
import re
import sys
from typing import Any

import parliament
from botocore.loaders import Loader

Statement = dict[str, Any]


def faults(policy: dict[str, Any]) -> list[str]:
    # A role's trust policy names no resource: it is its role's own.
    statements = [{"Resource": "*", **one} if "Principal" in one else one for one in policy["Statement"]]
    findings = parliament.analyze_policy_string(json.dumps({**policy, "Statement": statements})).findings
    found = [f"{one.issue}: {one.detail}" for one in findings if is_fault(one.issue, one.detail, statements)]
    return sorted(found + [fault for one in statements for fault in faults_of_newer(one)])


NEWER = {"s3vectors": r"arn:[\w-]+:s3vectors:[\w-]+:\d{12}:bucket/[a-z0-9-]+(/index/[a-z0-9*-]+)?"}
"""Services that parliament does not know yet → the form of their ARNs. Their actions are AWS's operations."""


def faults_of_newer(statement: Statement) -> list[str]:
    asked = [action.split(":") for action in listed(statement["Action"])]
    newer = [(service, operation) for service, operation in asked if service in NEWER]
    operations = {service: Loader().load_service_model(service, "service-2")["operations"] for service, _ in newer}
    return [
        *(f"UNKNOWN_ACTION: {service}:{name}" for service, name in newer if name not in operations[service]),
        *(
            f"RESOURCE_MISMATCH: {resource} with {service}"
            for service in operations
            for resource in listed(statement["Resource"])
            if not re.fullmatch(NEWER[service], resource)
        ),
    ]


def is_fault(issue: str, detail: str, statements: list[Statement]) -> bool:
    """Who may do something is one question, and on how much is another: `*` is left to the tests."""
    if issue == "RESOURCE_STAR":
        return False
    if issue == "UNKNOWN_PREFIX" and detail in {f"Unknown prefix {service}" for service in NEWER}:
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
