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
from attune_jobs.prepare.main import READERS


def read(folder: Path) -> dict[str, object]:
    data = json.loads((folder / "spec.json").read_text(encoding="utf-8"))["data"]
    given = {role: (names,) if isinstance(names, str) else tuple(names) for role, names in data["columns"].items()}
    rows = {kind: Columns(kind, given) for kind in RULE["columns"]}
    form = "pairs" if "pairs" in data else "beir"
    with tempfile.TemporaryDirectory() as scratch:
        try:
            collection = Collection(Path(scratch))
            READERS[form](folder / "input", collection, None, rows)
            collection.seal()
        except UserError as error:
            return {"taken": False, "message": str(error)}
    return {"taken": True, "unread": sorted({key for columns in rows.values() for key in columns.unread})}


for name in sys.argv[1:]:
    print(json.dumps(read(Path(name))))
