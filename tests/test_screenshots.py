"""The pictures and texts of the scenes are what the program shows: each is drawn and compared."""

from __future__ import annotations

import pytest

from tests.scenes import Scene, draw
from tests.screenshots import FOLDER, SCENES, TEXT_SCENES, TEXTS, text_path

IN_OTHER_SIZE = tuple(scene for scene in TEXT_SCENES if scene not in SCENES)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_picture_and_text_match_the_program(scene: Scene) -> None:
    drawn = await draw(scene)
    if scene in TEXT_SCENES:
        assert drawn.text == text_path(scene).read_text("utf-8")
    kept = (FOLDER / f"{scene.name}.svg").read_text("utf-8")
    # Compared by hand: a difference of two pictures is thousands of lines that say nothing.
    if drawn.svg != kept:
        pytest.fail("the screen has changed: look, then `make screenshots`")


@pytest.mark.parametrize("scene", IN_OTHER_SIZE, ids=lambda scene: scene.name)
async def test_text_matches_the_program_at_the_other_size(scene: Scene) -> None:
    assert (await draw(scene)).text == text_path(scene).read_text("utf-8")


def test_each_picture_and_text_has_its_scene() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {scene.name for scene in SCENES}
    assert set(TEXTS.glob("*.txt")) == {text_path(scene) for scene in TEXT_SCENES}
