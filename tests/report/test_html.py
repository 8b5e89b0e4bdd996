"""The report as HTML: one file that loads nothing, and nothing in it that acts."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbtui.domain.answer import Cell
from bbtui.domain.score import Score
from bbtui.domain.session import Session
from bbtui.report.html import render_html
from tests.fakes.checks import check_here
from tests.report import samples
from tests.report.samples import BIG, HARBOUR, LOCAL, WRITTEN, answer, empty, judge
from tests.report.test_markdown import ANSWERS, SECTIONS, _with_texts
from tests.report.test_markdown_escape import HOSTILE_TEXT

CHROMIUM = shutil.which("chromium")
SAMPLES = (
    samples.complete,
    samples.one_side_missing,
    samples.three_endpoints,
    samples.hostile,
    samples.trials,
    samples.on_a_pod,
    samples.untouched,
)
VOID = {"meta", "link", "br", "hr", "input", "rect", "line"}
#: What the template writes, and what the Markdown of an answer may become.
KNOWN = set(
    re.findall(
        r"\w+",
        "html head meta title link style body script a header h1 h2 h3 h4 p div section nav form "
        "fieldset legend label input span select option button ul ol li main table thead tbody tr "
        "th td article details summary figure figcaption svg rect line dl dt dd footer strong em "
        "code pre kbd blockquote br hr",
    )
)


def render(session: Session) -> str:
    return render_html(session, now=WRITTEN, run_check=check_here)


@dataclass
class Page(HTMLParser):
    """A page as a browser takes it apart."""

    source: str
    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


@pytest.mark.parametrize("sample", SAMPLES)
def test_page_has_the_sections_of_the_report_in_their_order(
    sample: Callable[[], Session],
) -> None:
    page = Page(render(sample()))
    assert page.texts["h2"] == SECTIONS
    assert set(page.tags) <= KNOWN


@pytest.mark.parametrize("sample", SAMPLES)
def test_page_refers_to_nothing_outside_of_itself(sample: Callable[[], Session]) -> None:
    page = Page(render(sample()))
    loading = {"src", "srcset", "data", "poster", "action", "background", "xlink:href"}
    assert not [one for one in page.attributes if one[1] in loading]
    links = [(tag, value) for tag, name, value in page.attributes if name == "href"]
    assert ("link", "data:,") in links
    assert all(tag == "a" for tag, value in links if value != "data:,")
    assert "@import" not in page.source
    assert "url(" not in page.source


def test_policy_allows_the_style_and_the_script_of_the_page_only() -> None:
    page = Page(render(samples.complete()))
    [policy] = [value for _, name, value in page.attributes if value.startswith("default-src")]
    hashes = {
        tag: base64.b64encode(hashlib.sha256("".join(page.texts[tag]).encode()).digest()).decode()
        for tag in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; "
        f"script-src 'sha256-{hashes['script']}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    assert [page.tags.count(tag) for tag in ("style", "script")] == [1, 1]


@given(ANSWERS, st.one_of(HOSTILE_TEXT, st.text(min_size=1)))
def test_no_text_adds_a_tag_or_an_attribute_that_acts(answer: str, other: str) -> None:
    page = Page(render(_with_texts(answer, f"x{other}")))
    assert set(page.tags) <= KNOWN
    assert page.texts["h2"] == SECTIONS
    assert [page.tags.count(tag) for tag in ("h1", "h3", "h4", "script", "style")] == [
        1,
        3,
        2,
        1,
        1,
    ]
    names = {name for _, name, _ in page.attributes}
    assert not [name for name in names if name.startswith("on") or name in ("style", "srcdoc")]
    targets = [value for tag, name, value in page.attributes if (tag, name) == ("a", "href")]
    assert all(re.match(r"#|https?://|mailto:", target, re.IGNORECASE) for target in targets)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("![a *star*](https://tracker.example/x.png)", "<p>a *star*</p>"),
        ("[go](javascript:alert(1))", "<p>[go](javascript:alert(1))</p>"),
        ("[go](ftp://x.example)", "<p><a>go</a></p>"),
        (
            "[go](https://x.example/?a=1&b=%22)",
            '<a href="https://x.example/?a=1&amp;b=%22" rel="noopener noreferrer nofollow">go</a>',
        ),
        ("# Heading", '<p class="heading">Heading</p>'),
        ("```html onload=x\n</pre><b>\n```", "<pre><code>&lt;/pre&gt;&lt;b&gt;\n</code></pre>"),
        ("7. seven", '<ol start="7">'),
        ("| a |\n|--:|\n| 1 |", "<th>a</th>"),
        ("bell \x07 and \x1b[31m", "bell � and �[31m"),
    ],
)
def test_answer_is_shown_without_acting(text: str, shown: str) -> None:
    session = empty(LOCAL, tasks=(HARBOUR,)).with_answer(answer(Cell("harbour", "local"), text))
    assert shown in render(session)


def test_answers_stand_beside_each_other_with_their_sides() -> None:
    page = Page(render(samples.trials()))
    sides = [
        value for tag, name, value in page.attributes if (tag, name) == ("section", "data-side")
    ]
    assert sides == ["0", "0", "0", "1", "1", "1"]
    filters = [value for tag, name, value in page.attributes if (tag, name) == ("input", "value")]
    assert filters == ["0", "1"]
    assert page.texts["option"] == ["all", "1. Harbour at night"]


def test_scores_and_waits_are_drawn_with_how_far_they_reach() -> None:
    text = render(samples.trials())
    assert 'aria-label="Big Brain: 4"' in text
    assert '<rect class="value" width="80.00" height="10"/>\n<line x1="80.00" x2="100.00"' in text
    assert 'aria-label="Local: 0.6 s"' in text


def test_interval_of_a_difference_is_drawn() -> None:
    tasks = tuple(replace(HARBOUR, id=f"t{number}") for number in range(8))
    session = empty(BIG, LOCAL, tasks=tasks)
    for number, task in enumerate(tasks):
        for name, score in (("big-brain", 4 + number % 2), ("local", 2)):
            session = session.with_answer(answer(Cell(task.id, name), "Lamps."))
            session = judge(session, task.id, name, Score(score))
    text = render(session)
    assert "Big Brain − Local: +2.5 (+2.0 to +3.0)" in text
    assert "1 of 128 sessions" in text or "1 of 256 sessions" in text


def in_browser(session: Session, width: int, probe: str, folder: Path) -> dict[str, object]:
    """Return what a script sees of a page in a frame of this width; fail for an error there.

    The script has the `page`, and `press` for a key on what has the focus.
    """
    (folder / "report.html").write_text(render(session), encoding="utf-8")
    outer = folder / "outer.html"
    outer.write_text(
        f"""<!doctype html><title></title>
<iframe src="report.html" style="width: {width}px; height: 900px; border: 0"></iframe>
<script>
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => {{
  const page = frame.contentDocument;
  const press = (key) => page.activeElement.dispatchEvent(
    new frame.contentWindow.KeyboardEvent("keydown", {{ key, bubbles: true }}));
  const seen = (() => {{ {probe} }})();
  document.title = JSON.stringify(seen);
}});
</script>""",
        encoding="utf-8",
    )
    command = [
        str(CHROMIUM),
        *("--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--enable-logging=stderr"),
        f"--user-data-dir={folder / 'profile'}",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        *("--allow-file-access-from-files", "--hide-scrollbars"),
        "--window-size=1800,1000",
        outer.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr
    title = re.search(r"<title>(.*)</title>", done.stdout)
    assert title is not None
    seen: dict[str, object] = json.loads(html.unescape(title[1]))
    return seen


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")
@pytest.mark.parametrize("sample", [samples.hostile, samples.three_endpoints])
@pytest.mark.parametrize("width", [400, 1000, 1600])
def test_browser_shows_the_page_without_an_error_in_its_width(
    sample: Callable[[], Session], width: int, tmp_path: Path
) -> None:
    probe = """
      return {
        width: page.documentElement.scrollWidth,
        loaded: frame.contentWindow.performance.getEntriesByType("resource").length,
        choices: page.querySelector(".filter").checkVisibility(),
      };"""
    seen = in_browser(sample(), width, probe, tmp_path)
    assert seen == {"width": width, "loaded": 0, "choices": True}


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")
def test_keys_and_choices_of_the_page_show_hide_and_open(tmp_path: Path) -> None:
    probe = """
      const seen = {};
      const answers = () =>
        [...page.querySelectorAll(".answer")].filter((one) => one.checkVisibility()).length;
      const folds = [...page.querySelectorAll("details.passage")];
      const choice = page.querySelector("[name=task]");
      seen.answers = [answers()];
      for (const key of ["2", "2", "9", "2"]) { press(key); seen.answers.push(answers()); }
      choice.value = "3";
      choice.dispatchEvent(new frame.contentWindow.Event("change", { bubbles: true }));
      seen.answers.push(answers());
      choice.value = "";
      choice.dispatchEvent(new frame.contentWindow.Event("change", { bubbles: true }));
      seen.focus = [];
      for (const key of ["j", "j", "j", "j", "k"]) {
        press(key);
        seen.focus.push(page.activeElement.id);
      }
      seen.open = [folds.filter((one) => one.open).length];
      for (const key of ["o", "o"]) {
        press(key);
        seen.open.push(folds.filter((one) => one.open).length);
      }
      frame.contentWindow.dispatchEvent(new frame.contentWindow.Event("beforeprint"));
      seen.printed = [...page.querySelectorAll("details")].every((one) => one.open);
      return seen;"""
    seen = in_browser(samples.three_endpoints(), 1000, probe, tmp_path)
    assert seen == {
        "answers": [9, 6, 9, 9, 6, 2],
        "focus": ["task-1", "task-2", "task-3", "task-3", "task-2"],
        "open": [0, 1, 0],
        "printed": True,
    }


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2, "relative luminance")."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_text_and_bars_stand_out_from_their_ground(theme: str) -> None:
    style = "".join(Page(render(samples.untouched())).texts["style"])
    blocks = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", part)) for part in style.split(":root")]
    colours = {"light": blocks[1], "dark": blocks[2], "print": blocks[1] | blocks[3]}[theme]
    for ground in ("ground", "raised"):
        for text in ("text", "muted", "link"):
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for side in range(6):
            assert _contrast(colours[f"s{side}"], colours[ground]) >= 3, (side, ground)
