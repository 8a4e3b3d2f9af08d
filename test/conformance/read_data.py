"""read_data.py FOLDER...: reads `FOLDER/input` as the prepare job does, by `FOLDER/spec.json`; a line of JSON each.

{"taken": true, "unread": [keys]} or {"taken": false, "message": text}.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

from attune_jobs.errors import UserError
from attune_jobs.prepare.collection import Collection
from attune_jobs.prepare.columns import Columns
from attune_jobs.prepare.data_rows import RULE
from attune_jobs.prepare.own_test import read_own_test
from attune_jobs.prepare.reading import READERS


def read(folder: Path) -> dict[str, object]:
    data = json.loads((folder / "spec.json").read_text(encoding="utf-8"))["data"]
    given = {role: (names,) if isinstance(names, str) else tuple(names) for role, names in data["columns"].items()}
    form = "pairs" if "pairs" in data else "beir"
    by_id = form == "beir" or "corpus" in data
    rows = {kind: Columns(kind, given, by_id) for kind in RULE["columns"]}
    with tempfile.TemporaryDirectory() as scratch:
        try:
            collection = Collection(Path(scratch))
            own_test = read_own_test(folder / "input", collection, rows["test"]) if "test" in data else None
            READERS[form](folder / "input", collection, None, rows)
            if own_test is not None:
                own_test.join(collection, of_documents=False)
            collection.seal()
        except UserError as error:
            return {"taken": False, "message": str(error)}
    return {"taken": True, "unread": sorted({key for columns in rows.values() for key in columns.unread})}


for name in sys.argv[1:]:
    print(json.dumps(read(Path(name))))
