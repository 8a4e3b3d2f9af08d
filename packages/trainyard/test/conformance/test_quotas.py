"""Service Quotas, asked by AWS's own client."""

from typing import Any

import pytest

from bench import Emulator, client


@pytest.fixture
def quotas(emulator: Emulator) -> Any:
    return client("service-quotas", emulator.url)


def test_no_quota_has_a_value_here(quotas: Any) -> None:
    assert quotas.list_service_quotas(ServiceCode="sagemaker")["Quotas"] == []


def test_services_that_are_not_here_have_none(quotas: Any) -> None:
    with pytest.raises(quotas.exceptions.NoSuchResourceException, match="ec2"):
        quotas.list_service_quotas(ServiceCode="ec2")
