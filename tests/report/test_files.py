from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bbtui.errors import BbtuiError
from bbtui.report.files import ReportFiles, default_name, write_new
from tests.report.samples import complete

ROOT = Path(__file__).parents[2]


def test_file_is_named_after_the_session() -> None:
    session = complete()
    assert default_name(session) == "bbtui-12.md"
    assert default_name(replace(session, number=0)) == "bbtui-0193a1b2.md"


def test_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    wanted = tmp_path / "bbtui-12.md"
    written = [write_new(wanted, f"text {count}") for count in range(3)]
    assert [path.name for path in written] == ["bbtui-12.md", "bbtui-12-2.md", "bbtui-12-3.md"]
    assert [path.read_text() for path in written] == ["text 0", "text 1", "text 2"]


def test_report_takes_the_place_of_the_one_written_before(tmp_path: Path) -> None:
    files, session = ReportFiles(tmp_path), complete()
    assert files.occupied(session) is None
    path = files.write(session, "first")
    assert path == tmp_path / "bbtui-12.md"
    assert files.occupied(session) is None
    assert files.write(session, "second") == path
    assert list(tmp_path.glob("*bbtui*")) == [path]
    assert path.read_text() == "second"


def test_file_that_was_not_written_here_is_kept_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "bbtui-12.md"
    path.write_text("somebody's")
    files, session = ReportFiles(tmp_path), complete()
    assert files.occupied(session) == path
    beside = files.write(session, "ours")
    assert (beside.name, path.read_text()) == ("bbtui-12-2.md", "somebody's")
    assert files.occupied(session) is None
    assert files.write(session, "ours again") == beside
    other = ReportFiles(tmp_path)
    assert other.write(session, "replaced", replace=True) == path
    assert path.read_text() == "replaced"


def test_report_that_was_edited_is_another_file(tmp_path: Path) -> None:
    files, session = ReportFiles(tmp_path), complete()
    path = files.write(session, "ours")
    path.write_text("ours, with a remark")
    assert files.occupied(session) == path
    assert files.write(session, "new").name == "bbtui-12-2.md"
    assert path.read_text() == "ours, with a remark"


def test_report_that_was_deleted_gets_its_name_again(tmp_path: Path) -> None:
    files, session = ReportFiles(tmp_path), complete()
    files.write(session, "ours").unlink()
    assert files.occupied(session) is None
    assert files.write(session, "new").name == "bbtui-12.md"


def test_folder_in_the_place_of_a_report_cannot_be_replaced(tmp_path: Path) -> None:
    files, session = ReportFiles(tmp_path), complete()
    (tmp_path / "bbtui-12.md").mkdir()
    with pytest.raises(BbtuiError, match=r"bbtui-12\.md: it is a folder"):
        files.write(session, "text", replace=True)
    assert files.write(session, "text").name == "bbtui-12-2.md"
    assert len(list(tmp_path.glob("*bbtui*"))) == 2, "no temporary file is left"


def test_dangling_symlink_is_not_written_through(tmp_path: Path) -> None:
    wanted = tmp_path / "report.md"
    wanted.symlink_to(tmp_path / "elsewhere")
    assert write_new(wanted, "text").name == "report-2.md"
    assert not (tmp_path / "elsewhere").exists()


def test_line_ends_are_kept(tmp_path: Path) -> None:
    assert write_new(tmp_path / "r.md", "one\ntwö\n").read_bytes() == "one\ntwö\n".encode()


def test_missing_folder_is_named_with_mkdir_command(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    with pytest.raises(BbtuiError) as caught:
        write_new(folder / "r.md", "text")
    assert caught.value.message == f"cannot write {folder}/r.md: the folder {folder} does not exist"
    assert caught.value.fix == f"create it: mkdir -p {folder}"


WRITE = """
import sys
from pathlib import Path
from bbtui.errors import BbtuiError
from bbtui.report.files import write_new
try:
    write_new(Path(sys.argv[1]), "text")
except BbtuiError as error:
    print(error)
"""


def test_read_only_folder_is_reported(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    command = [sys.executable, "-m", "tests.drop_root", "-c", WRITE, str(tmp_path / "r.md")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    tmp_path.chmod(0o755)
    message, fix = done.stdout.splitlines()
    cause = f"no permission to write to the folder {tmp_path}"
    assert message == f"cannot write {tmp_path}/r.md: {cause}"
    assert "-o FILE" in fix


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the kernel has no /dev/full")
def test_full_disk_is_reported_and_leaves_no_partial_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def on_a_full_disk(path: Path, mode: str, **kwargs: str) -> object:
        opened(path, mode, **kwargs).close()  # the name is made, its contents find no room
        return opened(Path("/dev/full"), "w", **kwargs)

    monkeypatch.setattr(Path, "open", on_a_full_disk)
    with pytest.raises(BbtuiError) as caught:
        write_new(tmp_path / "r.md", "text")
    assert caught.value.message == f"cannot write {tmp_path}/r.md: the disk is full"
    assert "free some space" in caught.value.fix
    assert not (tmp_path / "r.md").exists()
