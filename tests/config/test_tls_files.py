"""The files of an endpoint for TLS: where they are looked for, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbtui.config.load import load_settings
from bbtui.config.show import effective
from bbtui.errors import ConfigError
from tests.config import written

TABLE = '[[endpoints]]\nname = "lab"\nmodel = "m"\nurl = "https://gpu.lab.example"\n'


def test_tls_files_are_relative_to_the_configuration(tmp_path: Path, home: Path) -> None:
    text = f'{TABLE}ca = "own.pem"\ncert = "~/me.pem"\ncert_key = "{tmp_path}/me.key"\n'
    user = written(tmp_path, text)
    (endpoint,) = load_settings(user, {}).endpoints
    assert endpoint.ca == user.config_file.parent / "own.pem"
    assert endpoint.cert == home / "me.pem"
    assert endpoint.cert_key == tmp_path / "me.key"
    shown = effective(load_settings(user, {}), user.config_file)
    assert f'ca = "{endpoint.ca}"' in shown


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('cert_key = "me.key"', "cert_key: requires cert, which is missing"),
        ('ca = ""', 'ca: must be a non-empty string on one line, not ""'),
        ('ca_file = "x"', "ca_file: unknown key"),
    ],
)
def test_impossible_tls_settings_are_refused(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, f"{TABLE}{line}\n"), {})
    assert caught.value.problems[0].startswith(f"endpoints[1].{problem}")
