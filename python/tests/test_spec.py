from __future__ import annotations

import json
from pathlib import Path

import pytest
from prepare_runs import BEIR, run_prepare

from attune_jobs import spec
from attune_jobs.errors import UserError
from attune_jobs.prepare.reading import READERS

SCHEMA = json.loads((Path(__file__).parents[2] / "schema" / "attune-v1.schema.json").read_text(encoding="utf-8"))


def test_the_jobs_know_the_forms_of_data_that_the_spec_takes_and_read_each() -> None:
    forms = {form["title"]: tuple(form["required"]) for form in SCHEMA["properties"]["data"]["oneOf"]}
    assert forms == spec.DATA_FORMS
    sources = {source for form in forms.values() for source in form} | {"test"}
    for form in SCHEMA["properties"]["data"]["oneOf"]:
        others = {source for source, taken in form["properties"].items() if taken is False}
        assert sources - others == {*form["required"], *spec.BESIDE[form["title"]]}
    assert set(READERS) == set(forms)


def test_half_a_form_is_refused_with_the_forms_that_there_are(tmp_path: Path) -> None:
    half = {name: source for name, source in BEIR.items() if name != "qrels"}
    with pytest.raises(UserError, match="expected pairs, or corpus and queries and qrels, or documents"):
        run_prepare(tmp_path, half)


def test_a_form_that_no_reader_knows_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(spec.DATA_FORMS, "tables", ("tables",))
    with pytest.raises(UserError, match="data: found the form tables, expected one of pairs, beir, documents"):
        run_prepare(tmp_path, {"tables": "s3://b/tables"})
