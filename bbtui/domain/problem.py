"""What is wrong, and what to do about it: one value from the check that finds it to the screen."""

from __future__ import annotations

from dataclasses import dataclass

from bbtui.errors import BbtuiError


@dataclass(frozen=True, slots=True)
class Problem:
    """A cause and a fix, one line each; an empty one is false and means that nothing is wrong."""

    cause: str = ""
    """What failed, where and why."""

    fix: str = ""
    """What to do about it, as a command where there is one; "" where nothing is known to help."""

    def __bool__(self) -> bool:
        """Return whether there is a cause."""
        return bool(self.cause)

    def noting(self, note: str) -> Problem:
        """Return the problem with a further remark, "" for none."""
        return Problem("; ".join(filter(None, (self.cause, note))), self.fix)

    @classmethod
    def of(cls, error: BbtuiError) -> Problem:
        """Return the message and the fix of an error."""
        return cls(error.message, error.fix)


NO_PROBLEM = Problem()
