"""Files that are written whole or not at all."""

import os
import re
import stat

import pytest

from tinygrad_rnn import files


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "a.svg"
    files.write(target, b"first")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        files.write(target, b"second")
    assert target.read_bytes() == b"first"
    assert [file.name for file in tmp_path.iterdir()] == ["a.svg"]


def test_a_full_disk_leaves_what_was_there(tmp_path):
    resource = pytest.importorskip("resource")
    target = tmp_path / "a.svg"
    files.write(target, b"first")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        with pytest.raises(OSError, match=r"a\.svg"):
            files.write(target, b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert target.read_bytes() == b"first"
    assert [file.name for file in tmp_path.iterdir()] == ["a.svg"]


@pytest.mark.parametrize("name", ["no folder/a.svg", "a folder", "a file/a.svg", "x" * 300])
def test_a_place_that_takes_no_file_is_named(tmp_path, name):
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a file").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OSError, match=re.escape(name)) as error:
        files.write(tmp_path / name, b"data")
    assert ".tinygrad-rnn" not in str(error.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write it")
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=r"a\.svg"):
        files.write(tmp_path / "a.svg", b"data")


@pytest.mark.parametrize("name", ["a\x00b.svg", "\ud800.svg"])
def test_a_name_that_no_file_can_have_is_shown(tmp_path, name):
    with pytest.raises(ValueError, match="no file can be called"):
        files.write(tmp_path / name, b"data")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["<b>$x%s\"'\\ .svg", "하늘 😀.svg", "\udcff\n.svg", "-Tpng"])
def test_an_odd_name_is_a_name(tmp_path, name):
    files.write(tmp_path / name, b"data")
    assert (tmp_path / name).read_bytes() == b"data"


def test_what_is_no_plain_file_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write(pipe, b"data")
    assert os.read(read, 10) == b"data"
    os.close(read)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_device_is_named():
    with pytest.raises(OSError, match=r"No space left on device: '/dev/full'"):
        files.write("/dev/full", b"data")


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "a.svg").touch()
    (tmp_path / "link.svg").symlink_to("a.svg")
    files.write(tmp_path / "link.svg", b"data")
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "a.svg").read_bytes() == b"data"


def test_a_new_file_can_be_read_by_others_as_usual(tmp_path):
    files.write(tmp_path / "a.svg", b"")
    (tmp_path / "b.svg").write_bytes(b"")
    assert (tmp_path / "a.svg").stat().st_mode == (tmp_path / "b.svg").stat().st_mode
