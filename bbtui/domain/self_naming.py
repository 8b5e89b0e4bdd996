"""Answers that name their model or its vendor, which a blind judge should not read unwarned."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from bbtui.domain.endpoint import Endpoint

#: Well-known models and vendors. A text that only mentions one is no matter; one that claims to be
#: one of them is.
KNOWN = (
    *("gemma", "gemini", "bard", "google", "deepmind", "llama", "meta", "meta ai", "qwen"),
    *("tongyi", "alibaba", "mistral", "mixtral", "ministral", "magistral", "codestral", "devstral"),
    *("claude", "anthropic", "gpt", "chatgpt", "gpt-oss", "openai", "copilot", "phi", "microsoft"),
    *("deepseek", "grok", "xai", "kimi", "moonshot", "glm", "chatglm", "zhipu", "z.ai", "ernie"),
    *("baidu", "hunyuan", "tencent", "doubao", "bytedance", "minimax", "yi", "01.ai", "internlm"),
    *("command r", "command a", "aya", "cohere", "granite", "ibm", "nova", "titan", "amazon"),
    *("nemotron", "nvidia", "smollm", "hugging face", "olmo", "tulu", "allen institute", "ai2"),
    *("falcon", "jamba", "ai21", "exaone", "solar", "upstage", "sonar", "perplexity", "vicuna"),
    *("starcoder", "stablelm", "stability ai", "reka", "inflection", "lfm", "liquid ai", "dolphin"),
    *("hermes", "nous research", "wizardlm", "zephyr", "orca", "arctic", "snowflake", "dbrx"),
    *("apertus", "eurollm", "teuken", "salamandra", "openhermes", "tinyllama", "bloom", "ollama"),
)
#: Before the name, with a few words between: "I am a language model called Gemma".
_SELF = (
    r"\b(?:i am|i['’]m|my name is|my name['’]s|call me"
    r"|ich bin|mein name ist|ich hei(?:ß|ss)e|je suis|je m['’]appelle|soy|me llamo|(?:io )?sono"
    r"|mi chiamo|eu sou|ik ben|jag är|я|меня зовут|我是|我叫|私は)"
)
_MADE = (
    r"\b(?:trained|developed|created|built|made|designed|trainiert|entwickelt|erstellt"
    r"|développée?|entraînée?|créée?|desarrollad[oa]|entrenad[oa]|creado|sviluppato)"
    r"\s+(?:by|at|von|bei|par|chez|por|en|da)"
)
#: The same where the name has to follow at once: "as Gemma, I …".
_AS = r"\b(?:as|this is|als|comme|como|come)\s+[*_\"'`“„«]*"
#: What may be between the two: up to six words, no end of a sentence.
_BETWEEN = r"[\s,:*_\"'`“„«]*(?:[^\s.!?;:\n]+[ \t]+){0,6}?[*_\"'`“„«]*"
_END = r"(?![^\W_])"
_WORD = re.compile(r"[^\W\d_]+")
#: Names of model families that are words of their own: mentioned alone they are no sign.
_COMMON = frozenset(
    (
        *("command", "local", "solar", "nova", "granite", "falcon", "phi", "dolphin", "hermes"),
        *("orca", "arctic", "bloom", "yi", "titan", "aya", "meta", "big", "small", "large", "mini"),
        *("chat", "code", "coder", "instruct", "vision", "embed", "base", "test", "model", "nous"),
        *("magic", "wizard", "open", "free", "fast", "deep", "remote", "server", "cloud", "pod"),
    )
)
#: The least characters of a family that is looked for everywhere.
_LEAST_FAMILY = 4


def names_itself(text: str, prompt: str, endpoints: Iterable[Endpoint]) -> bool:
    """Return whether an answer names the model that wrote it, or names a model of its session.

    What is in the prompt too is no sign. Which endpoint wrote the answer does not matter: the
    warning is the same for every side.
    """
    plain, sent = _plain(text), _plain(prompt)
    own = tuple((one.label, one.model) for one in endpoints)
    return any(
        found[0] not in sent for pattern in _patterns(own) for found in pattern.finditer(plain)
    )


@lru_cache(maxsize=8)
def _patterns(own: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds a name of the session anywhere, and any name where one speaks of itself."""
    models: set[str] = set()
    claimed: set[str] = set(KNOWN)
    for label, model in own:
        whole = _plain(model)
        last = whole.rpartition("/")[2]
        base = last.partition(":")[0]
        families = {family[0] for family in [_WORD.findall(base)] if family}
        models |= {whole, last, base}
        models |= {one for one in families if len(one) >= _LEAST_FAMILY}
        claimed |= {_plain(label), whole, last, base, *families}
    models = {name for name in models if name not in _COMMON and len(name) > 1}
    names = _alternatives(claimed)
    rare = _alternatives(name for name in claimed if name not in _COMMON)
    mentioned = rf"(?<![^\W_])(?:{_alternatives(models)}){_END}"
    speaks = rf"(?:{_SELF}|{_MADE}){_BETWEEN}(?:{names}){_END}|{_AS}(?:{rare}){_END}"
    return re.compile(mentioned), re.compile(speaks)


def _alternatives(names: Iterable[str]) -> str:
    """Return a pattern of any of these names, the longest first; one that never matches of none."""
    ordered = sorted(filter(None, names), key=lambda name: (-len(name), name))
    return "|".join(re.escape(name).replace(r"\ ", r"[\s-]+") for name in ordered) or r"(?!)"


def _plain(text: str) -> str:
    """Return a text as it is compared: in lower case, without marks of format."""
    return unicodedata.normalize("NFKC", text).casefold().strip()
