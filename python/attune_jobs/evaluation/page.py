"""Around the sections of a report: one file that loads nothing, and runs no script but its own."""

from __future__ import annotations

import hashlib
from base64 import b64encode

from .names import text
from .style import STYLE


def page(title: str, body: str, script: str = "") -> str:
    """The whole page. Its policy names the script by its hash: no other one runs, whatever the data holds.

    Args:
        title: any text.
        body: HTML.
        script: what the page runs at its end; none where it is empty.
    """
    allowed, element = "", ""
    if script:
        digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
        allowed = f"; script-src 'sha256-{digest}'"
        element = f"<script>{script}</script>\n"
    policy = f"default-src 'none'; style-src 'unsafe-inline'{allowed}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n{element}</body>\n</html>\n"
    )
