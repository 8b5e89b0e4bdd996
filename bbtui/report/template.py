"""The templates of a report: one for each form, over the same content."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bbtui.report.answers import count_lines, is_long
from bbtui.report.markdown_escape import first_line

if TYPE_CHECKING:
    from jinja2 import Template


def load_template(name: str, **filters: Callable[..., object]) -> Template:
    """Return a template of the folder templates, with the filters that write its form.

    That of HTML escapes whatever no filter has; that of Markdown leaves this to its filters.
    """
    # Imported here because only a report needs it; it would delay the first paint.
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("bbtui.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=select_autoescape(["html.j2"], default=False),
    )
    environment.filters |= {"first_line": first_line, "lines": count_lines, **filters}
    environment.tests["long"] = is_long
    return environment.get_template(name)
