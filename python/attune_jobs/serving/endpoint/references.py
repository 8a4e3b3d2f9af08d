"""Variables that refer to where a secret lies, resolved inside the container, by its own role.

ATTUNE_FROM_<NAME>=secret:<ARN>          NAME gets the text of a secret in Secrets Manager
ATTUNE_FROM_<NAME>=secret:<ARN>#<key>    one value of a secret that is a JSON object
ATTUNE_FROM_<NAME>=parameter:<name>      a parameter of Systems Manager, by name or ARN, decrypted
"""

from __future__ import annotations

import json
import os
from collections.abc import MutableMapping

PREFIX = "ATTUNE_FROM_"
"""As src/spec/environment.ts writes it."""


class ReferenceRefused(ValueError):
    """The message names the variable and what it refers to, never a value."""


def resolve(variables: MutableMapping[str, str] = os.environ) -> None:
    """Put the value of each reference into the variable that it is for, and take the reference away.

    Raises: ReferenceRefused when a secret or parameter cannot be read, or is not what the reference says.
    """
    for name in sorted(name for name in variables if name.startswith(PREFIX)):
        reference = variables[name]
        try:
            value = _value(reference)
        except ReferenceRefused as error:
            raise ReferenceRefused(f"environment.{name.removeprefix(PREFIX)} ({reference}): {error}") from None
        # Many a tool that stores a secret adds a line break, which no header takes.
        variables[name.removeprefix(PREFIX)] = value.rstrip("\r\n")
        del variables[name]


def _value(reference: str) -> str:
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise ReferenceRefused("it needs the package boto3, which the image does not have.") from None
    kind, _, where = reference.partition(":")
    try:
        if kind == "secret":
            return _secret(boto3, *where.partition("#")[::2])
        # An image's AWS_REGION is none of the variables that boto3 reads.
        region = where.split(":")[3] if where.startswith("arn:") else os.environ.get("AWS_REGION")
        parameter = boto3.client("ssm", region_name=region).get_parameter(Name=where, WithDecryption=True)
        value: str = parameter["Parameter"]["Value"]
        return value
    except (BotoCoreError, ClientError) as error:
        raise ReferenceRefused(
            f"it cannot be read ({error}). See that it exists, that the role of the jobs may read it (parameters "
            "SecretArns, ParameterArns and SecretKeyArns of the stack), and that the container has a route to the "
            "service that keeps it."
        ) from None


def _secret(boto3: object, arn: str, key: str) -> str:
    region = arn.split(":")[3]
    found = boto3.client("secretsmanager", region_name=region).get_secret_value(SecretId=arn)  # type: ignore[attr-defined]
    text: str = found["SecretString"] if "SecretString" in found else found["SecretBinary"].decode("utf-8")
    if not key:
        return text
    try:
        value = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        raise ReferenceRefused(f"the secret is no JSON object with the key {key!r}.") from None
    if not isinstance(value, str):
        raise ReferenceRefused(f"the value of {key!r} is no text.")
    return value
