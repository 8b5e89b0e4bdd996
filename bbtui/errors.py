"""Every error a user can meet: a message with the cause, and a fix.

::

    BbtuiError                  exit 1
    ├─ UsageError               exit 2   invalid use of the command line
    ├─ ConfigError              exit 2   config.toml, environment, flags; all problems at once
    ├─ TasksError               exit 2   a tasks file; all problems at once
    ├─ ThemeError               exit 2   a theme file
    ├─ SessionNotFoundError     exit 2   no session with that number or id
    ├─ StoreError               exit 2   the data folder or the database cannot be used
    │  ├─ StoreReadOnlyError    exit 2   they can be read, not written
    │  ├─ StoreDamagedError     exit 2   SQLite finds the database damaged
    │  └─ StoreMovedError       exit 2   the database that is open is no longer at its path
    ├─ EndpointError            exit 3   no request can be sent to an endpoint
    └─ PodError                 exit 3   a pod's provider does not answer, or refuses
       └─ PodKeyError           exit 2   the environment has no key for a pod's provider

An endpoint that fails while it answers is no exception: it is an answer in the state `failed`, with
its problem, and the others continue.
"""

from __future__ import annotations

from typing import Literal

PodFailure = Literal[
    "key",  # not accepted, or it may not do this
    "blocked",  # by a firewall in front of the API
    "gone",  # there is no pod of this id
    "limited",  # too many requests: wait
    "refused",  # the provider refuses the action
    "broken",  # an answer that is none: 5xx, a web page, half a document
    "unreachable",  # no answer at all
]
#: Failures that may have passed at the next request.
PASSING_POD_FAILURES: tuple[PodFailure, ...] = ("limited", "broken", "unreachable")


#: What a program returns that was interrupted (128 + SIGINT); its session is saved.
INTERRUPTED = 130


class BbtuiError(Exception):
    """An error for the user.

    `message` is the cause, `fix` what to do about it (may be empty), `exit_code` that of the
    process.
    """

    exit_code = 1

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}\n{self.fix}" if self.fix else self.message


class UsageError(BbtuiError):
    """The command line cannot be carried out."""

    exit_code = 2


class ProblemsError(BbtuiError):
    """A file with one or more problems, all reported at once.

    `source` is the file as the user knows it, `problems` one sentence each.
    """

    exit_code = 2

    def __init__(self, source: str, problems: list[str], fix: str = "") -> None:
        self.source = source
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"{source}: {count}\n{lines}", fix)


class ConfigError(ProblemsError):
    """The configuration (file, environment or flags) cannot be used."""


class TasksError(ProblemsError):
    """A tasks file cannot be used."""


class ThemeError(ProblemsError):
    """A theme file cannot be used."""


class SessionNotFoundError(BbtuiError):
    """No session has that number or id."""

    exit_code = 2


class StoreError(BbtuiError):
    """The data folder or the database in it cannot be read or written."""

    exit_code = 2


class StoreReadOnlyError(StoreError):
    """The database can be read, and not written."""


class StoreDamagedError(StoreError):
    """SQLite finds the database damaged: nothing more is written to it."""


class StoreMovedError(StoreError):
    """The database that is open was deleted, moved or replaced; what was saved is not at its path.

    A program that has it open can write it there again, and does so at its next write.
    """


class EndpointError(BbtuiError):
    """No request can be sent to an endpoint."""

    exit_code = 3


class PodError(BbtuiError):
    """A pod's provider does not answer, or refuses a request.

    `kind` is the kind of failure; `retry_after_s` is the provider's own delay before the next
    request (0: none given).
    """

    exit_code = 3

    def __init__(
        self, message: str, fix: str, kind: PodFailure, *, retry_after_s: float = 0.0
    ) -> None:
        super().__init__(message, fix)
        self.kind: PodFailure = kind
        self.retry_after_s = retry_after_s


class PodKeyError(PodError):
    """The environment has no key for a pod's provider."""

    exit_code = 2

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message, fix, "key")


class ForgeError(BbtuiError):
    """A forge did not take a report."""

    exit_code = 3
