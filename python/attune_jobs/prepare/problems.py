"""Faults of the input, collected so that a person sees many at once, each with its file and line."""

from __future__ import annotations

from ..errors import UserError

SHOWN = 20


class Problems:
    """Faults that no cleaning can mend; `refuse` ends the run when there is any."""

    def __init__(self) -> None:
        self._shown: list[str] = []
        self._count = 0

    def add(self, where: str, what: str) -> None:
        self._count += 1
        if self._count <= SHOWN:
            self._shown.append(f"{where}: {what}")

    def refuse(self, advice: str) -> None:
        """Raises: UserError with the first 20 faults and the number of the others, if there are any."""
        if not self._count:
            return
        more = f"\n… and {self._count - SHOWN} more" if self._count > SHOWN else ""
        faults = "1 error" if self._count == 1 else f"{self._count} errors"
        raise UserError(f"{faults} in the input. {advice}\n" + "\n".join(self._shown) + more)
