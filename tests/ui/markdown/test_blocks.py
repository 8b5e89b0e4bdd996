from __future__ import annotations

import random

import pytest
from markdown_it import MarkdownIt

from bbtui.ui.markdown.blocks import BLOCK_LIMIT, FENCE_LIMIT, LINE_LIMIT, Block, BlockSplitter
from tests.ui.markdown.samples import ANSWER, cut, odd_answer

_LISTS = ("ordered_list", "bullet_list")


def split(text: str) -> list[Block]:
    splitter = BlockSplitter()
    return splitter.feed(text) + splitter.tail()


def sources(text: str) -> list[str]:
    return [block.source for block in split(text)]


def shape(source: str) -> list[tuple[str, int, str]]:
    """Return what a parser sees in the text, without the lists that hold the items at the top."""
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return [
        (token.type, token.level, token.content.rstrip())
        for token in parser.disable("reference").parse(source + "\n")
        if token.level or not token.type.startswith(_LISTS)
    ]


@pytest.mark.parametrize("seed", range(40))
def test_blocks_parse_alone_as_they_do_in_the_whole_text(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(60):
        text = odd_answer(rng)
        alone = [token for source in sources(text + "\n") for token in shape(source)]
        assert alone == shape(text), text


@pytest.mark.parametrize("seed", range(20))
def test_blocks_do_not_depend_on_the_pieces(seed: int) -> None:
    rng = random.Random(seed)
    for text in [ANSWER, *(odd_answer(rng) for _ in range(20))]:
        splitter = BlockSplitter()
        done = [block for piece in cut(text, rng) for block in splitter.feed(piece)]
        assert done + splitter.tail() == split(text)


def test_finished_block_is_returned_once_and_the_rest_is_the_tail() -> None:
    splitter = BlockSplitter()
    assert splitter.feed("# One\ntwo") == [Block("# One")]
    assert splitter.tail() == [Block("two")]
    assert splitter.feed(" more\n\n") == [Block("two more")]
    assert splitter.tail() == []


def test_items_keep_their_numbers_across_empty_lines() -> None:
    blocks = split("1. a\n\n2. b\n\n   more of b\n\n3. c\n1. d\n")
    assert [block.number for block in blocks] == [1, 2, 3, 4]
    assert [block.gap for block in blocks] == [True, True, True, False]


def test_list_may_begin_at_any_number() -> None:
    assert [block.number for block in split("7. a\n7. b\n")] == [7, 8]


def test_incomplete_underline_makes_no_heading() -> None:
    assert sources("text\n-") == ["text\n\\-"]
    assert sources("text\n- item") == ["text", "- item"]
    assert sources("text\n---") == ["text\n---"]


def test_long_fence_is_split_and_keeps_its_language() -> None:
    code = "".join(f"value_{n} = {n}\n" for n in range(400))
    blocks = split(f"```python\n{code}```\n")
    assert len(blocks) > 5
    assert all(block.source.startswith("```python\n") for block in blocks)
    assert [block.gap for block in blocks[1:]] == [False] * (len(blocks) - 1)
    lines = [line for block in blocks for line in block.source.split("\n") if "=" in line]
    assert "\n".join(lines) + "\n" == code
    assert max(len(block.source) for block in blocks) < 2 * FENCE_LIMIT


def test_long_string_in_code_is_not_split() -> None:
    text = '"""' + "words in a docstring\n" * 100 + '"""\nx = 1\n' + "y = 2\n" * 30
    blocks = split(f"```python\n{text}```\n")
    assert blocks[0].source.count('"""') == 2


def test_long_fence_in_an_item_is_split_within_the_item() -> None:
    code = "".join(f"     value_{n} = {n}\n" for n in range(200))
    blocks = split(f"1. a\n   - b\n     ```python\n{code}     ```\n     after\n2. c\n")
    assert [block.number for block in blocks] == [1] * (len(blocks) - 1) + [2]
    middle = blocks[1:-2]
    assert all(block.continued for block in middle)
    assert all(block.source.startswith("```python\nvalue_") for block in middle)
    assert blocks[-2].source == "after"


def test_long_table_repeats_its_header() -> None:
    rows = "".join(f"| {n} | some words that fill the row |\n" for n in range(200))
    blocks = split(f"| n | words |\n|---|---|\n{rows}")
    assert len(blocks) > 2
    assert all(block.source.startswith("| n | words |\n|---|---|\n| ") for block in blocks)


def test_long_paragraph_is_split_into_running_text() -> None:
    text = "1986. was a year of words\n" * 300
    blocks = split("It was so.\n" + text)
    assert len(blocks) > 2
    assert all(block.running for block in blocks[1:])
    assert "\n".join(block.source for block in blocks) == "It was so.\n" + text.rstrip("\n")


@pytest.mark.parametrize(
    "start", ["", "- ", "12. ", "> ", "    ", "# ", "| a |\n|---|\n| ", "```\n"]
)
def test_block_of_one_line_has_a_size_limit(start: str) -> None:
    text = start + "word " * 20_000
    blocks = split(text)
    assert max(len(block.source) for block in blocks) <= 3 * BLOCK_LIMIT + LINE_LIMIT
    words = sum(block.source.count("word") for block in blocks)
    assert words == 20_000


@pytest.mark.parametrize("line", ["- nested item\n", "  > quoted\n", "more\n", "> q\n", "    c\n"])
def test_block_of_many_lines_has_a_size_limit(line: str) -> None:
    blocks = split("- a\n" + ("  " + line) * 3_000) + split(line * 3_000)
    assert max(len(block.source) for block in blocks) <= 4 * BLOCK_LIMIT
