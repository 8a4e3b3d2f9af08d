from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_arrival import wheel

from attune_jobs.errors import UserError
from attune_jobs.training import layout


def test_an_endpoint_installs_from_the_wheels_that_travel_with_its_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("wheelhouse", "serving", "model"):
        (tmp_path / name).mkdir()
    serving, model = tmp_path / "serving", tmp_path / "model"
    (serving / "requirements.txt").write_text("# why\nattune-arrival-probe==1.0\n", encoding="utf-8")
    monkeypatch.setattr(layout, "SERVING", serving)
    monkeypatch.setattr(layout, "plain_transformer", lambda _: None)

    with pytest.raises(UserError, match=r"no attune_arrival_probe-1\.0-\*\.whl, which this model's endpoint needs"):
        layout.write_code(model, tmp_path / "wheelhouse")
    shutil.rmtree(model / "code")

    wheel(tmp_path / "wheelhouse", "attune_arrival_probe")
    layout.write_code(model, tmp_path / "wheelhouse")

    command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(tmp_path / "t"), "-r"]
    subprocess.run([*command, str(model / "code" / "requirements.txt")], check=True, cwd=tmp_path, timeout=120)
    assert (tmp_path / "t" / "attune_arrival_probe.py").is_file()
