"""A GPU that is promised is used, or the work fails in words."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from attune_jobs.errors import UserError
from attune_jobs.gpus import require_promised_gpu
from attune_jobs.serving.endpoint.files import ModelRefused
from attune_jobs.serving.endpoint.start import use_own_gpu


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_a_promised_gpu_that_torch_does_not_see_ends_the_job(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has 4 NVIDIA GPUs, and torch .* sees none"):
        require_promised_gpu({"SM_NUM_GPUS": "4"}, tmp_path)
    (tmp_path / "nvidia0").touch()
    (tmp_path / "nvidiactl").touch()
    with pytest.raises(UserError, match="has 1 NVIDIA GPU, and torch"):
        require_promised_gpu({}, tmp_path)


def test_nothing_is_promised_or_a_person_wants_none(tmp_path: Path) -> None:
    require_promised_gpu({"SM_NUM_GPUS": "0"}, tmp_path)
    (tmp_path / "nvidia0").touch()
    require_promised_gpu({"CUDA_VISIBLE_DEVICES": ""}, tmp_path)


def test_an_endpoint_whose_gpu_torch_does_not_see_does_not_load(tmp_path: Path) -> None:
    use_own_gpu(None, tmp_path)
    (tmp_path / "nvidia0").touch()
    with pytest.raises(ModelRefused, match="has nvidia0, and torch .* sees no GPU"):
        use_own_gpu(None, tmp_path)


def test_each_worker_takes_the_gpu_that_the_model_server_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    for gpu in (0, 3, 5, None):
        use_own_gpu(SimpleNamespace(system_properties={"gpu_id": gpu}), tmp_path)
    assert taken == [0, 3, 1]
