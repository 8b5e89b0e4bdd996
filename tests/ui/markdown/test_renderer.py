from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.color import Color
from rich.style import Style

from bbtui.ui.markdown.blocks import BlockSplitter
from bbtui.ui.markdown.renderer import Renderer
from bbtui.ui.markdown.rows import TO_END, MarkdownStyles, Row, selected_text
from tests.ui.markdown.samples import ANSWER

STYLES = MarkdownStyles(
    base=Style(color="white", bgcolor="black"),
    code=Style(color="cyan"),
    block=Style(color="white", bgcolor="grey11"),
)


def rows(text: str, width: int = 40, styles: MarkdownStyles = STYLES) -> list[Row]:
    splitter, renderer = BlockSplitter(), Renderer(width, styles)
    rendered: list[Row] = []
    for index, block in enumerate(splitter.feed(text) + splitter.tail()):
        rendered += [renderer.blank_row()] if block.gap and index else []
        rendered += renderer.render(block)
    return rendered


def plain(text: str, width: int = 40) -> list[str]:
    return [row.strip.text.rstrip() for row in rows(text, width)]


def style_of(text: str, word: str) -> Style:
    for row in rows(text):
        for segment in row.strip:
            if word in segment.text:
                assert segment.style is not None
                return segment.style
    raise AssertionError(f"{word} is not shown")


def test_answer_with_every_block_is_rendered() -> None:
    assert plain(ANSWER, 60) == [
        " Webhook parser",
        "",
        " The raw body is signed, see the docs",
        " (https://docs.example.com/webhooks), so read it first. A",
        " second line of the same paragraph.",
        "",
        " Steps",
        "",
        "  1. Read the body",
        "      ◦ as bytes",
        "         ▪ not as text",
        "      ◦ once",
        "",
        "  2. Compare:",
        "      def verify(body: bytes, header: str) -> bool:",
        "          return hmac.compare_digest(expected(body),",
        "            header)",
        "  3. Answer 204",
        "",
        "  • a loose item",
        "",
        "    with a second paragraph",
        "  • 日本語テキスト漢字混在 emoji 🚀 ✅ e\u0301 combining",
        "",
        " │ A quote that goes on and on.",
        "",
        " name   value",
        " ────────────",
        " 日本     1.5",
        " pod      200",
        "",
        " Setext",
        "",
        " " + "─" * 58,
        "",
        "  indented code",
        "",
        "  no language",
        "",
        "  at all",
        "",
        " The end, without a newline",
    ]


@pytest.mark.parametrize("width", [10, 20, 33, 39, 58, 120])
def test_every_row_is_as_wide_as_the_view(width: int) -> None:
    for row in rows(ANSWER, width):
        assert row.strip.cell_length == width
        assert cell_len(row.strip.text) == width


@pytest.mark.parametrize("width", [14, 25, 60])
def test_wrapping_loses_no_text(width: int) -> None:
    words = "start " + "longlonglongword" * 5 + " 漢字漢字漢字漢字漢字漢字漢字漢字 end"
    code = f"```\n{words}\n```"
    for text in (words, f"- {words}", f"> {words}", code):
        shown = "".join(row.strip.text[row.skip :].rstrip() for row in rows(text, width))
        assert words.replace(" ", "") in shown.replace(" ", "")


def test_code_wraps_at_white_space_with_a_hanging_indent() -> None:
    code = (
        "def parse(headers: Mapping[str, str], body: bytes) -> Event:\n"
        '    raise WebhookRefused("the signature is missing or wrong")\n'
        '    url = "https://git.example.org/api/v1/repos/forge/bbtui/hooks"\n'
    )
    assert plain(f"```python\n{code}```", 40) == [
        "  def parse(headers: Mapping[str,",
        "    str], body: bytes) -> Event:",
        '      raise WebhookRefused("the',
        "        signature is missing or",
        '        wrong")',
        '      url = "https://git.example.org/a',
        '        pi/v1/repos/forge/bbtui/hooks"',
    ]


@pytest.mark.parametrize("width", [12, 24, 40, 90])
def test_wrapped_code_is_copied_as_it_was_written(width: int) -> None:
    code = (
        '    if ready:   # 準備完了\n        url = "https://git.example.org/api/v1"; go(url,   1)'
    )
    drawn = rows(f"```python\n{code}\n```", width)
    assert selected_text((row, (0, TO_END)) for row in drawn) == code


def test_numbers_of_two_digits_are_aligned() -> None:
    text = "".join(f"{n}. item\n" for n in range(8, 12))
    assert plain(text) == ["  8. item", "  9. item", " 10. item", " 11. item"]


def test_emphasis_and_code_are_styles() -> None:
    text = "**strong** *slanted* ~~gone~~ `code` plain"
    assert style_of(text, "strong").bold
    assert style_of(text, "slanted").italic
    assert style_of(text, "gone").strike
    assert style_of(text, "code").color == Color.parse("cyan")
    assert not style_of(text, "plain").bold


def test_headings_are_bold_at_the_left() -> None:
    for level in range(1, 7):
        text = f"{'#' * level} Title"
        assert plain(text) == [" Title"]
        assert style_of(text, "Title").bold


def test_code_is_highlighted_on_its_own_background() -> None:
    text = "```python\ndef name(): pass\n```"
    keyword, name = style_of(text, "def"), style_of(text, "(")
    assert keyword.color != name.color
    assert keyword.bgcolor == name.bgcolor == Color.parse("grey11")


@pytest.mark.parametrize("language", ["", "no-such-language", "python3 title=x", "{.py}", "`"])
def test_code_of_an_unknown_language_is_shown(language: str) -> None:
    assert "  x = 1" in plain(f"~~~{language}\nx = 1\n~~~")


def test_link_shows_its_address_and_is_no_terminal_hyperlink() -> None:
    text = "[words](https://a.example/x) <https://b.example> ![pic](https://c.example/p.png)"
    assert plain(text, 200) == [
        " words (https://a.example/x) https://b.example pic (https://c.example/p.png)"
    ]
    assert all(not (segment.style or Style()).link for row in rows(text) for segment in row.strip)


@pytest.mark.parametrize(
    "text", ["[bold]x[/bold]", "[link=https://x]y[/link]", ":smile:", "<b>x</b>", "<think>", "$x"]
)
def test_other_markup_is_shown_as_written(text: str) -> None:
    assert plain(text) == [f" {text}"]


def test_reference_definition_is_shown() -> None:
    assert plain("[a]: https://a.example") == [" [a]: https://a.example"]


@pytest.mark.parametrize("entity", ["&#x202e;", "&#27;", "&#x9b;", "&#13;", "&#x2066;"])
def test_entity_cannot_make_a_control_character(entity: str) -> None:
    for text in (entity, f"`{entity}`", f"[a](<https://x/{entity}>)", f"| {entity} |\n|---|"):
        shown = "".join(plain(text))
        assert not set(shown) & set("\x1b\x9b\r\u202e\u2066")


def test_tabs_expand() -> None:
    assert "\t" not in "".join(plain("a\tb\n\n```\n\tx\n```\n\n| a\tb |\n|---|\n"))
    assert "      x" in plain("```\n\tx\n```")


def test_too_deep_nesting_is_shown_as_written() -> None:
    assert "deep" in "".join(plain("> " * 200 + "deep"))
    assert "deep" in "".join(plain("- " * 200 + "deep"))


def test_table_wider_than_the_view_shows_every_cell() -> None:
    names = [f"c{n}" for n in range(20)]
    table = f"| {' | '.join(names)} |\n|{'---|' * 20}\n"
    assert plain(table, 20) == [f" {name}" for name in names]


def test_table_wraps_its_cells() -> None:
    table = "| a | b |\n|---|---|\n| one two three four five six | seven eight nine ten |\n"
    shown = " ".join(plain(table, 24))
    for word in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"):
        assert word in shown


def test_thinking_has_a_single_style() -> None:
    styles = MarkdownStyles(base=STYLES.base, thinking=Style(color="grey50", italic=True))
    drawn = rows("quiet `code` > text", styles=styles.for_thinking())
    used = [segment.style for row in drawn for segment in row.strip]
    assert all(style and style.italic and style.color == Color.parse("grey50") for style in used)
