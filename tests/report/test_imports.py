from __future__ import annotations

import subprocess
import sys


def test_import_of_report_loads_no_slow_packages() -> None:
    code = (
        "import sys, bbtui.report.markdown, bbtui.exchange.json_file, bbtui.report.files\n"
        "print(sorted({'jinja2', 'markdown_it', 'textual', 'rich', 'httpx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
