"""Draw screenshots/*.svg and tests/ui/golden/*.txt: ``python -m tests.screenshots [SCENE …]``."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from tests.fakes.pods import BOOTING, RUNNING, STOPPED
from tests.scenes import NARROW, WIDE, Scene, Stage, draw

FOLDER = Path(__file__).parent.parent / "screenshots"
TEXTS = Path(__file__).parent / "ui" / "golden"
SIZES = (WIDE, NARROW)


async def _empty(stage: Stage) -> None:
    await stage.wait_for_hosts()


async def _streaming(stage: Stage) -> None:
    await stage.press("space")
    await stage.hold()


async def _answered(stage: Stage) -> None:
    await _streaming(stage)
    await stage.finish()


async def _scored(stage: Stage) -> None:
    await stage.press("a")
    await stage.hold()
    await stage.finish()
    await stage.press("4", "2", "n", "3", "1", "n", "3", "2", "p", "p")
    await stage.open("v")
    await stage.press(*"SOLID", "space", *"parses", "enter")


async def _results(stage: Stage) -> None:
    await _scored(stage)
    await stage.open("R")
    await stage.app.workers.wait_for_complete()  # the tests
    await stage.pilot.pause()


async def _blind(stage: Stage) -> None:
    await stage.press("a")
    await stage.hold()
    await stage.finish()
    await stage.open("b")
    await stage.press("y", "4", "2", "n", "4")


async def _fault(stage: Stage) -> None:
    await _streaming(stage)
    await stage.finish("big")
    await stage.press("tab")
    await stage.open("t")


async def _rubric(stage: Stage) -> None:
    await _answered(stage)
    await stage.press("r", "a", "d", "down", "space")
    await stage.app.workers.wait_for_complete()  # the checks
    await stage.pilot.pause()


async def _trials(stage: Stage) -> None:
    await stage.press("a")
    await stage.hold()
    await stage.finish()
    for scores in ("42", "53", "41"):
        await stage.press(*scores, "full_stop")
    await stage.press("n", "3", "3", "comma", "2", "3", "p", "full_stop")


async def _help(stage: Stage) -> None:
    await _answered(stage)
    await stage.open("question_mark")


async def _failed(stage: Stage) -> None:
    await stage.open("space")
    await stage.press("r")
    await stage.hold()
    await stage.finish()


async def _pod_stopped(stage: Stage) -> None:
    await stage.wait_for_pod("pod is stopped")
    await stage.open("s")


async def _pod_booting(stage: Stage) -> None:
    await stage.wait_for_pod("booting")


async def _pod_ready(stage: Stage) -> None:
    await stage.wait_for_pod("ready")
    await _streaming(stage)


SCENES = (
    Scene("empty", WIDE, _empty),
    Scene("streaming", WIDE, _streaming),
    Scene("scored", WIDE, _scored),
    Scene("results", WIDE, _results),
    Scene("blind", WIDE, _blind),
    Scene("trials", WIDE, _trials, trials=3),
    Scene("fault", WIDE, _fault, local=0.5),
    Scene("rubric", WIDE, _rubric),
    Scene("help", WIDE, _help),
    Scene("failed", WIDE, _failed, down=True),
    Scene("light", WIDE, _scored, theme="big-brain-light"),
    Scene("colours-256", WIDE, _scored, colours="256"),
    Scene("colours-16", WIDE, _scored, colours="standard"),
    Scene("narrow", NARROW, _streaming),
    Scene("pod-stopped", WIDE, _pod_stopped, pod=STOPPED),
    Scene("pod-booting", WIDE, _pod_booting, pod=BOOTING),
    Scene("pod-ready", WIDE, _pod_ready, pod=RUNNING),
)


#: Every scene at both sizes, once: themes and terminals change colours alone, and `narrow` is
#: `streaming`.
TEXT_SCENES = tuple(
    replace(scene, size=size)
    for scene in SCENES
    if (scene.theme, scene.colours) == ("big-brain", "truecolor") and scene.name != "narrow"
    for size in SIZES
)


def text_path(scene: Scene) -> Path:
    """Return the golden file of a scene's characters at its size."""
    width, height = scene.size
    return TEXTS / f"{scene.name}-{width}x{height}.txt"


def main() -> int:
    """Draw every scene, or those named."""
    wanted = sys.argv[1:]
    for scene in SCENES:
        if not wanted or scene.name in wanted:
            path = FOLDER / f"{scene.name}.svg"
            path.write_text(asyncio.run(draw(scene)).svg, "utf-8")
            print(path.relative_to(FOLDER.parent))
    TEXTS.mkdir(exist_ok=True)
    for scene in TEXT_SCENES:
        if not wanted or scene.name in wanted:
            text_path(scene).write_text(asyncio.run(draw(scene)).text, "utf-8")
            print(text_path(scene).relative_to(FOLDER.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
