"""Names of endpoints on screen."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import bbtui.ui
from bbtui.domain.answer import Cell, Round
from bbtui.domain.blind import Blind
from bbtui.domain.endpoint import Endpoint
from bbtui.ui.naming import Naming, accent

UI = Path(bbtui.ui.__file__).parent

POD = Endpoint("pod", "Pod", "gemma3:4b", "ollama", "https://abc…-11434.proxy.runpod.net")
OWN = Endpoint("own", "Own · qwen3:8b", "qwen3:8b", "ollama", "http://ann:secret@10.0.0.2:11434")


def test_names_are_those_of_the_endpoint() -> None:
    naming = Naming([POD, OWN])
    assert (naming.label("pod"), naming.model("pod")) == ("Pod", "gemma3:4b")
    assert naming.title("pod") == "Pod · gemma3:4b"
    assert [naming.accent(name) for name in ("pod", "own")] == ["endpoint-1", "endpoint-2"]


def test_model_contained_in_the_label_is_shown_once() -> None:
    naming = Naming([POD, OWN])
    assert (naming.other_model("pod"), naming.other_model("own")) == ("gemma3:4b", "")
    assert naming.title("own") == "Own · qwen3:8b"


def test_address_has_no_credentials() -> None:
    assert Naming([OWN]).address("own") == "http://10.0.0.2:11434"


def test_only_a_pod_is_behind_the_proxy_of_its_provider() -> None:
    naming = Naming([POD, OWN])
    assert [naming.behind_pod_proxy(name) for name in ("pod", "own")] == [True, False]


def test_seventh_column_has_the_accent_of_the_first() -> None:
    assert accent(6) == accent(0) == "endpoint-1"


def test_unknown_endpoint_has_no_name() -> None:
    with pytest.raises(KeyError):
        Naming([POD]).label("own")


def reads_of_endpoints(path: Path) -> list[str]:
    """Return the places of a module that read a name from an endpoint."""
    found = []
    names = ("label", "model", "address", "title", "hardware")
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in names:
            source = ast.unparse(node.value)
            if source.endswith("endpoint") or "endpoint(" in source.rpartition(".")[2]:
                found.append(f"{path.name}:{node.lineno}: {ast.unparse(node)}")
    return found


def test_only_this_module_reads_names_from_endpoints() -> None:
    paths = [path for path in UI.rglob("*.py") if "setup" not in path.name]
    assert reads_of_endpoints(UI / "naming.py"), "the search finds nothing any more"
    found = [
        place for path in paths if path.name != "naming.py" for place in reads_of_endpoints(path)
    ]
    assert found == []


def test_only_naming_and_the_examination_know_endpoints() -> None:
    importing = {
        path.name
        for path in UI.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and any(one.name == "Endpoint" for one in node.names)
    }
    # The workspace has it in the signature of `examine`.
    assert importing == {"naming.py", "workspace.py"}


def blind_naming() -> Naming:
    place = Round("task", 1)
    blind = Blind(on=True, names=("pod", "own"), drawn={place: ("own", "pod")})
    return Naming([POD, OWN], blind, place)


def test_side_of_a_blind_round_has_the_letter_of_its_place_alone() -> None:
    naming = blind_naming()
    assert [naming.label(name) for name in ("pod", "own")] == ["B", "A"]
    assert [naming.title(name) for name in ("pod", "own")] == ["B", "A"]
    assert {naming.accent(name) for name in ("pod", "own")} == {"foreground"}
    for read in (
        naming.model,
        naming.other_model,
        naming.address,
        naming.configured,
        naming.hardware,
    ):
        assert [read(name) for name in ("pod", "own")] == ["", ""]


def test_answer_has_the_label_of_its_own_round() -> None:
    naming = blind_naming()
    assert naming.side(Cell("task", "own")) == "A"
    revealed = Naming([POD, OWN], replace(naming.blind, on=False), naming.place)
    assert revealed.side(Cell("task", "own")) == "Own · qwen3:8b"


@pytest.mark.parametrize(
    "text",
    [
        "Pod's server at 10.0.0.2:11434 refused",
        "pull qwen3:8b first: ollama pull QWEN3:8B",
        "abc…-11434.proxy.runpod.net is not reachable",
        "Own · qwen3:8b costs $0.79/h, $1,234.50 so far",
    ],
)
def test_error_beside_a_blind_round_names_no_side_and_no_price(text: str) -> None:
    shown = blind_naming().text(text)
    for told in ("Pod", "own", "Own", "qwen3", "10.0.0.2", "abc", "$", "0.79", "1,234"):
        assert told not in shown.replace("reachable", "")
    assert Naming([POD, OWN]).text(text) == text
