"""The compiled part: sessions as Rust has them. For the package only."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

__version__: str

Tell = Callable[[float | None, tuple[str, float] | None], None] | None

def command(arguments: list[str]) -> None:
    """Runs the command `rastra`; the process ends."""

def program(path: Path) -> None:
    """Says where the command `rastra` of this installation lies."""

def system(text: str) -> str:
    """A reference system as well-known text.

    Raises:
        ValueError: It is not known.
    """

class Plan:
    """What a query computes."""

    kind: str
    summary: str
    saves: bool
    schema: str | None
    json: str | None

class Session:
    """Names, settings, and what is computed in it; used by one thread at a time."""

    def __init__(self) -> None: ...
    def attach(self, name: str, attributes: str, variables: list[tuple[Any, ...]]) -> None: ...
    def name(self, name: str, plan: Plan) -> None: ...
    def forget(self, name: str) -> None: ...
    def params(self, values: dict[str, str]) -> None: ...
    def plan(self, text: str, tell: Tell) -> Plan: ...
    def run(self, text: str, tell: Tell) -> list[dict[str, Any]]: ...
    def view(self, plan: Plan, tell: Tell) -> dict[str, Any]: ...
    def explain(self, plan: Plan) -> str: ...
    def dataset(self, plan: Plan, tell: Tell) -> tuple[Any, list[str]]: ...
    def columns(self, plan: Plan, tell: Tell) -> tuple[list[tuple[Any, ...]], list[str]]: ...
    def stream(self, plan: Plan, tell: Tell) -> tuple[Any, list[str]]: ...
