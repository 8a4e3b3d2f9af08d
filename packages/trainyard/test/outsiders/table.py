"""What OUTSIDERS.md says of tests of others, against what they do."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as xml
from pathlib import Path

TABLE = Path(__file__).parents[2] / "OUTSIDERS.md"


def judged(report: Path, modules: list[str]) -> int:
    """Prints a JSON object of figures, and gives the exit code.

    Args:
        report: of pytest, in JUnit's form.
        modules: names of the test files that ran: of the table only their rows count.

    Returns:
        0 where the tests that fail are those of the table, and some pass.
    """
    cases = list(xml.parse(report).getroot().iter("testcase"))
    names = {name_of(case): case.find("failure") is None and case.find("error") is None for case in cases}
    passed, failed = [{name for name, ok in names.items() if ok is wanted} for wanted in (True, False)]
    rows = re.findall(r"^\| `(\w+)::(\w+)` \|", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    known = {f"{module}::{test}" for module, test in rows if module in modules}
    figures = {
        "passed": len(passed),
        "differ": len(failed),
        "new": sorted(failed - known),
        "gone": sorted(known - failed),
    }
    print(json.dumps(figures))
    return 0 if passed and failed == known else 1


def name_of(case: xml.Element) -> str:
    return f"{case.attrib['classname'].rpartition('.')[2]}::{case.attrib['name'].partition('[')[0]}"
