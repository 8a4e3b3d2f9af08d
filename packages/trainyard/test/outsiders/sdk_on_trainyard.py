"""A pytest plugin for the SDK's own tests: what only an account could tell them, and short pauses."""

from __future__ import annotations

import os
import time
from typing import Any

import boto3
import pytest
import sagemaker.core.helper.session_helper as sessions
import sagemaker.train.defaults as defaults

ROLE = os.environ["TRAINYARD_ROLE"]
LONGEST_PAUSE_S = 2

sleep = time.sleep
time.sleep = lambda seconds: sleep(min(seconds, LONGEST_PAUSE_S))

# STS and IAM would be asked.
sessions.Session.default_bucket = lambda self: os.environ["TRAINYARD_BUCKET"]
sessions.get_execution_role = lambda *_, **__: ROLE
defaults.resolve_and_validate_role = lambda provided_role=None, **_: provided_role or ROLE


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "gpu_intensive: as the SDK calls what trains")


@pytest.fixture
def sagemaker_session() -> Any:
    return sessions.Session(boto_session=boto3.Session())
