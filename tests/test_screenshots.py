"""The pictures are what the program shows: each is drawn again and compared."""

from __future__ import annotations

import pytest

from tests.scenes import Scene, picture
from tests.screenshots import FOLDER, SCENES


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_picture_shows_the_program_as_it_is(scene: Scene) -> None:
    drawn = await picture(scene)
    kept = (FOLDER / f"{scene.name}.svg").read_text("utf-8")
    # Compared by hand: a difference of two pictures is thousands of lines that say nothing.
    if drawn != kept:
        pytest.fail("the screen has changed: look, then `make screenshots`")


def test_no_picture_is_left_behind() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {scene.name for scene in SCENES}
