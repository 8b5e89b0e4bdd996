from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bbtui.formatting.sanitize import clean_text
from bbtui.report.markdown_escape import (
    code_span,
    escape_heading,
    escape_text,
    fence,
    quote_passage,
)

RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

#: What a Markdown renderer might obey, to be mixed with any text.
MARKUP = st.sampled_from(
    [
        "```",
        "````",
        "~~~",
        "`",
        "``",
        "#",
        "##",
        ">",
        "-",
        "1.",
        "|",
        "*",
        "**",
        "_",
        "~~",
        "[",
        "]",
        "(",
        ")",
        "[a]:",
        "[^a]:",
        "!",
        "<",
        ">",
        "<b>",
        "</b>",
        "<!--",
        "-->",
        "<?x",
        "?>",
        "<![CDATA[",
        "]]>",
        "<div>",
        "</details>",
        "</blockquote>",
        "<script>",
        "<a@b.c>",
        "<http://a>",
        "&lt;",
        "&#35;",
        "===",
        "---",
        "+",
        "\\",
        "\\<",
        "\\`",
        "@",
        "$",
        "$$",
        ":",
        "|---|",
        "```python",
    ]
)
SPACE = st.sampled_from(["\n", "\n\n", " ", "    ", "\t", "\r\n", "\r", ""])
HOSTILE_TEXT = st.lists(st.one_of(MARKUP, SPACE, st.text(max_size=4)), max_size=40).map("".join)


def shown(markdown: str) -> str:
    """The text of a line as a reader sees it."""
    [_, content, _] = RENDERER.parse(markdown)
    return "".join(
        "\n" if child.type == "softbreak" else child.content for child in content.children or ()
    )


def test_control_characters_are_replaced() -> None:
    assert quote_passage("a\x00b\x1b[31m\x7f\x9b\r\n\tc\rd\ud800") == "> a�b�[31m��\n> \tc�d�"
    assert escape_text("a\x1bb\u202ec\u2069") == "a�b�c�"
    assert code_span("a\x1bb\u202ec\u2069") == "`a�b�c�`"


@pytest.mark.parametrize(
    ("plain", "written"),
    [
        ("num_ctx and snake_case", "num_ctx and snake_case"),
        ("_under_ *star* ~~gone~~", r"\_under\_ \*star\* \~\~gone\~\~"),
        ("~38.1 tok/s", "~38.1 tok/s"),
        ("a | b <b> [x](y) `c`", r"a \| b \<b> \[x\](y) \`c\`"),
        ("R&D &amp; &#35;", r"R&D \&amp; \&#35;"),
        ("one\n# two", "one # two"),
    ],
)
def test_markdown_in_plain_text_is_escaped(plain: str, written: str) -> None:
    assert escape_text(plain) == written


@pytest.mark.parametrize("text", ["# a", "- a", "+ a", "> a", "1. a", "23) a", "=== a", "    a"])
def test_text_at_a_paragraph_start_begins_no_other_block(text: str) -> None:
    [opened, content, _] = RENDERER.parse(escape_text(text, start=True))
    assert opened.type == "paragraph_open"
    assert shown(escape_text(text, start=True)) == text.strip()
    assert content.type == "inline"


@given(st.lists(st.one_of(MARKUP, st.sampled_from([" ", "x"]), st.text(max_size=4))).map("".join))
def test_escaped_text_renders_as_written(text: str) -> None:
    plain = " ".join(clean_text(text).split())
    if plain:
        assert shown(escape_text(plain, start=True)) == plain
        assert shown("# " + escape_heading(plain)) == plain


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("gemma3:27b", "`gemma3:27b`"),
        ("a`b", "``a`b``"),
        ("`a``", "``` `a`` ```"),
        ("a\nb", "`a b`"),
        ("", ""),
    ],
)
def test_code_span_uses_enough_backticks(text: str, written: str) -> None:
    assert code_span(text) == written


def test_pipes_in_table_code_are_escaped() -> None:
    table = f"| a |\n|---|\n| {code_span('x | y', in_table=True)} |"
    [cell] = [t for t in RENDERER.parse(table) if t.type == "inline" and t.level == 4][-1:]
    assert [(child.type, child.content) for child in cell.children or ()] == [
        ("code_inline", "x | y")
    ]


def test_prose_is_quoted_and_code_is_not() -> None:
    assert quote_passage("Look:\n\n```python\nprint(1)\n```\nDone.\n") == (
        "> Look:\n\n```python\nprint(1)\n```\n\n> Done."
    )


def test_fence_is_longer_than_any_in_its_content() -> None:
    assert quote_passage("~~~~md\n```\ncode\n````\n~~~~") == "`````md\n```\ncode\n````\n`````"


def test_unclosed_fence_is_closed() -> None:
    assert quote_passage("```sh\nls\n") == "```sh\nls\n```"
    assert quote_passage("```") == "```\n```"


def test_indented_fence_loses_only_its_indent() -> None:
    assert quote_passage("  ```\n  a\n    b\n  ```") == "```\na\n  b\n```"


def test_code_in_a_list_stays_in_the_list() -> None:
    assert quote_passage("1. one\n\n   ```sh\n   a < b <c>\n   ```\n\n2. two") == (
        "> 1. one\n>\n>    ```sh\n>    a < b <c>\n>    ```\n>\n> 2. two"
    )


def test_html_is_escaped() -> None:
    assert quote_passage("a <b>c</b> `<i>` <!-- d\n\n</details>\n\n    <pre>") == (
        "> a \\<b>c\\</b> `<i>` \\<!-- d\n>\n> \\</details>\n>\n>     <pre>"
    )


def test_html_in_code_spans_across_lines_is_fenced() -> None:
    # Over both lines the code spans pair up otherwise than on the second alone.
    assert quote_passage("a ` b\nc ` <!-- d --> ` e") == "```text\na ` b\nc ` <!-- d --> ` e\n```"


def test_links_and_comparisons_are_not_escaped() -> None:
    text = "a < b, <https://example.org/?a=1>, <me@example.org>"
    assert quote_passage(text) == f"> {text}"


def test_link_and_footnote_definitions_are_escaped() -> None:
    assert quote_passage("[1]: http://a.example\n> [^n]: note") == (
        "> \\[1]: http://a.example\n> > \\[^n]: note"
    )


def test_fence_language_is_reduced_to_one_word() -> None:
    assert quote_passage("```c++ {.x onclick=a}\n1\n```") == "```c++\n1\n```"
    assert quote_passage("```<b>\n1\n```") == "```\n1\n```"


def test_empty_passage_is_empty() -> None:
    assert quote_passage("") == quote_passage("\n \n") == ""


def test_very_long_passage_is_fenced() -> None:
    assert quote_passage("<b>" * 400_000).startswith("```text\n<b>")


@given(HOSTILE_TEXT)
def test_passage_does_not_affect_what_follows(text: str) -> None:
    tokens = RENDERER.parse(quote_passage(text) + "\n\n# After\n")
    outside = [token.type for token in tokens if token.level == 0]
    assert outside[-2:] == ["heading_open", "heading_close"]
    assert set(outside[:-2]) <= {"blockquote_open", "blockquote_close", "fence"}
    everything = [token for block in tokens for token in (block, *(block.children or ()))]
    assert not [token for token in everything if token.type.startswith("html")]
    assert tokens[-2].content == "After"


@given(HOSTILE_TEXT)
def test_fence_keeps_its_code_unchanged(text: str) -> None:
    code = clean_text(text)
    [token] = RENDERER.parse(fence(code, "text"))
    assert token.content == (code if code.endswith("\n") or not code else code + "\n")
