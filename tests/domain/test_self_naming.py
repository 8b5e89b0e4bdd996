"""Answers that name themselves."""

from __future__ import annotations

import pytest

from bbtui.domain.endpoint import Endpoint
from bbtui.domain.self_naming import names_itself

SIDES = [
    Endpoint("big", "Big Brain", "gemma3:27b", "ollama", "http://10.0.0.2:11434"),
    Endpoint("local", "Local", "qwen/qwen2.5-coder:7b", "openai", "http://127.0.0.1:8080"),
]


@pytest.mark.parametrize(
    "text",
    [
        "I am Gemma, an open-weights model.",
        "I'm **Gemma** and I can help.",
        "I’m Claude.",
        "Hello! My name is Llama 3.",
        "As Gemini, I cannot do that.",
        "I am a large language model, trained by Google.",
        "I am an assistant, created by Alibaba Cloud.",
        "Ich bin ein Sprachmodell namens Mistral.",
        "Je suis Qwen.",
        "Me llamo DeepSeek.",
        "我是 Qwen",
        "I am Big Brain.",
        "I am Command-R.",
        "> gemma3:27b",
        "Signed, Qwen2.5-Coder",
        "ＧＥＭＭＡ says hello",
        "This is GPT-4 speaking.",
    ],
)
def test_answer_that_names_a_model_is_found(text: str) -> None:
    assert names_itself(text, "Who are you?", SIDES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Use a local variable.",
        "A llama is a camelid.",
        "The command reads meta data from the bloom filter.",
        "I am sure. Claude Monet painted it.",
        "As shown in the solar system, phi grows.",
        "Microsoft made Windows.",
        "as meta data",
        "A dilemma is no gemmation.",
        "It was created by hand.",
    ],
)
def test_answer_that_only_uses_such_a_word_is_not(text: str) -> None:
    assert not names_itself(text, "Who are you?", SIDES)


def test_name_that_the_prompt_has_too_is_no_sign() -> None:
    assert not names_itself("Gemma is smaller.", "Compare Gemma with Llama.", SIDES)
    assert names_itself("Qwen is smaller.", "Compare Gemma with Llama.", SIDES)


def test_same_text_is_judged_alike_whichever_side_wrote_it() -> None:
    for text in ("I am Qwen.", "plain"):
        assert names_itself(text, "", SIDES) == names_itself(text, "", SIDES[::-1])


def test_model_without_letters_is_no_name() -> None:
    assert not names_itself("1 + 1 = 2", "", [Endpoint("a", "", "2", "ollama", "http://x")])
