from __future__ import annotations

import re

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
    """Return the text of a line as a reader sees it."""
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


def test_html_after_a_code_span_across_lines_is_escaped() -> None:
    # Over both lines the code spans pair up otherwise than on the second alone.
    assert quote_passage("a ` b\nc ` <!-- d --> ` e") == "> a ` b\n> c ` \\<!-- d --> ` e"


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


#: What a forge reads, and how it is written.
REFERENCES = {
    "the @property, by @octocat": "the @·property, by @·octocat",
    "**@octocat** _@x_ (@y) .@z": "**@·octocat** _@·x_ (@·y) .@·z",
    r"\@a &#64;b &commat;c &#x40;d @&#111;e": r"\@·a &#64;·b &commat;·c &#x40;·d @·&#111;e",
    "see #123, GH-12, gh-3, org/repo#3, #&#49;2": "see #·123, GH-·12, gh-·3, org/repo#·3, #·&#49;2",
    "merged in !12 by 3f2a9c1": "merged in !·12 by 3f2a9c·1",
    "DEADBEEF and "
    + "a1b2c3d4e5" * 4: "DEADBE·EF and a1b2c3·d4e5a1·b2c3d4·e5a1b2·c3d4e5·a1b2c3·d4e5",
    "multi `a\n@b` c @d": "multi `a\n> @b` c @·d",
    r"\`@x\` #1": r"\`@·x\` #·1",
    "# About #12": "# About #·12",
    "- @a\n  - `@b` @c": "- @·a\n>   - `@b` @·c",
    "a | b\n-|-\n` @q | ` @r": "a | b\n> -|-\n> ` @·q | ` @·r",
    "https://github.com/o/r/issues/3": "https://·github.com/o/r/issues/3",
    "https://gitlab.com/a/b/c/-/commit/3f2a9c1d": "https://·gitlab.com/a/b/c/-/commit/3f2a9c·1d",
    "[t](https://github.com/o/r/pull/3)": r"[t\]\(https://·github.com/o/r/pull/3)",
    "![alt](http://x.example/y.png)": r"!\[alt\]\(http://x.example/y.png)",
    "[![i](u)](http://x.example)": r"[!\[i\]\(u)](http://x.example)",
    "[x](javascript:alert(1))": r"[x\]\(javascript:alert(1))",
    "[x](JavaScript&#58;alert)": r"[x\]\(JavaScript&#58;alert)",
    "[x]( <data:text/html,x>)": r"[x\]\( <data:text/html,x>)",
    "<javascript:alert(1)>": r"\<javascript:alert(1)>",
}


@pytest.mark.parametrize(("prose", "written"), REFERENCES.items(), ids=REFERENCES)
def test_reference_in_prose_is_broken_unless_verbatim(prose: str, written: str) -> None:
    quoted = quote_passage(prose)
    assert quoted == f"> {written}".replace("·", "\N{ZERO WIDTH SPACE}")
    html = RENDERER.render(quoted)
    assert "<img" not in html
    assert 'href="javascript' not in html
    if not prose.startswith("<"):
        assert quote_passage(prose, verbatim=True) == "> " + prose.replace("\n", "\n> ")


@pytest.mark.parametrize(
    "text",
    [
        "`@octocat #12 GH-1 deadbeef`",
        "a ``@b ` #1`` c",
        "    @indented #12",
        "me@x.example, 1234567 bytes, C# and F#, 5! = 120, a & b, #hash",
        "<me@x.example> <https://x.example/@y#12> www.x.example/@y",
        "[x](https://x.example/@y#12) https://medium.example/@u/p#3",
        "Hello! It costs $5 @ 3 %.",
    ],
)
def test_code_addresses_and_figures_stay_as_they_are(text: str) -> None:
    assert quote_passage(text) == f"> {text}"


def test_code_block_of_an_answer_stays_as_it_is() -> None:
    block = "```python\n@property  # see #12\n![x](y)\n```"
    assert quote_passage(f"By @me:\n\n{block}") == f"> By @\N{ZERO WIDTH SPACE}me:\n\n{block}"


@given(st.text(alphabet="`@#![]()\\<>|&;a1 -\n_*", max_size=60))
def test_no_reference_is_left_in_the_prose_of_any_text(text: str) -> None:
    def parts(markdown: str, kind: str) -> list[str]:
        tokens = RENDERER.parse(markdown)
        inner = [child for token in tokens for child in (token, *(token.children or ()))]
        return [token.content for token in inner if token.type == kind]

    quoted = quote_passage(text)
    for prose in parts(quoted, "text"):
        assert not re.search(r"(?<![A-Za-z0-9])@\w|#\d|(?<!\w)!\d", prose)
    assert not parts(quoted, "image")
