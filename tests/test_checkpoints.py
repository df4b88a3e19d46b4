"""Checkpoints: what is saved is what is loaded, and what is damaged is refused by name."""

import hashlib
import json
import math
import os
import pickle
import random
import re
import signal
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

import tinygrad_rnn as tg
from tinygrad_rnn import checkpoints, files
from tinygrad_rnn.arrays import Array, asarray, dtypes, zeros
from tinygrad_rnn.arrays.namespace import entries
from tinygrad_rnn.checkpoints import load, read_tensors, restore_rng, rng_state, save
from tinygrad_rnn.checkpoints.checkpoint import KEY

pytest.importorskip("safetensors")

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has neither flock nor SIGKILL")
TENSORS = {"W": asarray([[1.0, -0.0], [5e-324, math.inf]]), "step": asarray([7]), "lr": 0.1}
METADATA = {"task": "adding", "vocabulary": ["a", "가"], "step": 3, "best": None}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def same(a, b):
    """Whether two Arrays are the same bit for bit (nan is nan), in shape and dtype too."""
    kind = (a.shape, a.dtype) == (b.shape, b.dtype)
    return kind and list(map(repr, entries(a))) == list(map(repr, entries(b)))


def file_of(header, data=b""):
    """A safetensors file, right or wrong, of a header (what JSON says, or bytes) and numbers."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def tensor(dtype="F64", shape=(1,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


# What is saved is what is loaded ----------------------------------------------------------------


def test_what_is_saved_is_loaded_to_the_last_bit(path):
    assert save(path, TENSORS, METADATA) == path
    tensors, metadata = load(path)
    assert metadata == METADATA
    assert tensors.keys() == TENSORS.keys()
    assert all(same(tensors[name], asarray(value)) for name, value in TENSORS.items())


def test_the_bytes_of_a_file_are_those_of_the_format(path):
    checksum = hashlib.sha256(b'[{"step": 3}, [["W", "F64", [1, 2]]]]' + struct.pack("<2d", 1, 2))
    note = f'{{"format":1,"sha256":"{checksum.hexdigest()}","metadata":{{"step":3}}}}'
    header = {"__metadata__": {KEY: note}, "W": tensor(shape=(1, 2), offsets=(0, 16))}
    text = json.dumps(header, separators=(",", ":")).encode()
    padded = text + b" " * (-len(text) % 8)
    save(path, {"W": asarray([[1.0, 2.0]])}, {"step": 3})
    assert path.read_bytes() == file_of(padded, struct.pack("<2d", 1, 2))


def test_the_same_data_make_the_same_bytes(path):
    written = set()
    for names in (TENSORS, reversed(TENSORS)):
        save(path, {name: TENSORS[name] for name in names}, METADATA)
        written.add(path.read_bytes())
    assert len(written) == 1


def test_anything_that_fits_comes_back_the_same(tmp_path_factory):
    hypothesis = pytest.importorskip("hypothesis")
    st = hypothesis.strategies
    path = tmp_path_factory.mktemp("any") / "a.safetensors"
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    kinds = {
        dtypes.float64: st.floats(),
        dtypes.int64: st.integers(-(2**63), 2**63 - 1),
        dtypes.bool: st.booleans(),
    }

    @st.composite
    def an_array(draw):
        dtype, shape = draw(st.sampled_from(list(kinds))), draw(st.lists(st.integers(0, 3)))[:4]
        size = math.prod(shape)
        data = draw(st.lists(kinds[dtype], min_size=size, max_size=size))
        return Array(data, tuple(shape), dtype)

    single = st.none() | st.booleans() | st.integers() | text
    single |= st.floats(allow_nan=False, allow_infinity=False)
    data = st.recursive(single, lambda s: st.lists(s) | st.dictionaries(text, s), max_leaves=8)
    names = text.filter(lambda name: name != "__metadata__")

    @hypothesis.settings(max_examples=25)
    @hypothesis.given(st.dictionaries(names, an_array()), st.dictionaries(text, data))
    def check(tensors, metadata):
        save(path, tensors, metadata)
        found = load(path)
        assert repr(sorted(found.metadata.items())) == repr(sorted(metadata.items()))
        assert found.tensors.keys() == tensors.keys()
        assert all(same(found.tensors[name], value) for name, value in tensors.items())

    check()


def test_numbers_without_a_shape_become_arrays_without_axes(path):
    save(path, {"a": 0.1, "b": True, "c": -3}, {})
    found = load(path).tensors
    assert [(a.item(), a.shape, a.dtype.name) for a in map(found.get, "abc")] == [
        (0.1, (), "float64"), (True, (), "bool"), (-3, (), "int64"),
    ]  # fmt: skip


def test_a_checkpoint_without_tensors_or_metadata_is_one(path):
    save(path, {}, {})
    assert load(path) == ({}, {})


def test_tuples_come_back_as_lists(path):
    save(path, {}, {"sizes": (2, (3,))})
    assert load(path).metadata == {"sizes": [2, [3]]}


# Random numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("drawn", [0, 1, 700])
def test_random_numbers_go_on_where_they_stood(path, drawn):
    rng = random.Random(5)
    for _ in range(drawn):
        rng.gauss(0, 1)  # keeps a second number for the next call
    save(path, {}, {"rng": rng_state(rng)})
    again = restore_rng(load(path).metadata["rng"])
    assert again.getstate() == rng.getstate()
    assert [again.gauss(0, 1) for _ in range(5)] == [rng.gauss(0, 1) for _ in range(5)]


GOOD = rng_state(random.Random(0))
NO_STATES = {
    "nothing": None,
    "text": "abc",
    "too few": [3, GOOD[1][:-1], None],
    "another version": [4, GOOD[1], None],
    "a negative number": [3, [-1, *GOOD[1][1:]], None],
    "more than 32 bits": [3, [2**32, *GOOD[1][1:]], None],
    "far more": [3, [2**99, *GOOD[1][1:]], None],
    "a place out of range": [3, [*GOOD[1][:-1], 625], None],
    "a fraction": [3, [0.5, *GOOD[1][1:]], None],
    "a text for a number": [3, GOOD[1], "0.5"],
}


@pytest.mark.parametrize("case", NO_STATES)
def test_what_is_no_state_of_random_numbers_is_refused(case):
    with pytest.raises(ValueError, match=r"^no state of a random\.Random"):
        restore_rng(NO_STATES[case])


# Other libraries --------------------------------------------------------------------------------

NUMPY_DTYPES = (
    "bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64",
    "float16", "float32", "float64",
)  # fmt: skip


@pytest.mark.parametrize("dtype", NUMPY_DTYPES)
def test_numpy_arrays_keep_their_dtype_in_the_file_and_lose_nothing(path, dtype):
    numpy = pytest.importorskip("numpy")
    from safetensors.numpy import load_file

    saved = numpy.asarray([[0, 1, 100], [1, 0, 1 / 3]]).astype(dtype).T  # not contiguous
    save(path, {"W": saved, "one": saved[0, 1]}, {})
    theirs, ours = load_file(path), load(path).tensors["W"]
    assert theirs["W"].dtype == dtype
    assert numpy.array_equal(theirs["W"], saved)
    assert theirs["one"] == saved[0, 1]
    assert ours.tolist() == saved.tolist()


def test_the_library_reads_what_we_write(path):
    numpy = pytest.importorskip("numpy")
    from safetensors import safe_open
    from safetensors.numpy import load_file

    save(path, TENSORS, METADATA)
    theirs = load_file(path)
    assert theirs["W"].tobytes() == numpy.asarray(TENSORS["W"]).tobytes()
    assert (theirs["step"].dtype, theirs["step"].tolist()) == ("int64", [7])
    assert (theirs["lr"].shape, theirs["lr"]) == ((), 0.1)
    with safe_open(path, "np") as opened:
        assert json.loads(opened.metadata()[KEY])["metadata"] == METADATA


def test_we_read_what_the_library_writes(path):
    numpy = pytest.importorskip("numpy")
    from safetensors.numpy import save_file

    theirs = {dtype: numpy.arange(6).reshape(2, 3).astype(dtype) for dtype in NUMPY_DTYPES}
    save_file(theirs, path, {"format": "pt"})
    ours, strings = read_tensors(path)
    assert strings == {"format": "pt"}
    assert {name: a.tolist() for name, a in ours.items()} == {
        name: a.tolist() for name, a in theirs.items()
    }
    assert {name: a.dtype.name for name, a in ours.items()} == {
        d: d if d == "bool" else "int64" if "int" in d else "float64" for d in NUMPY_DTYPES
    }
    with pytest.raises(ValueError, match="no checkpoint of tinygrad_rnn: read_tensors"):
        load(path)


def test_bfloat16_is_the_upper_half_of_a_float32(path):
    numbers = bytes.fromhex("803f 00c0 807f 0100".replace(" ", ""))
    path.write_bytes(file_of({"W": tensor("BF16", (4,))}, numbers))
    smallest = 2.0**-133
    assert read_tensors(path)[0]["W"].tolist() == [1.0, -2.0, math.inf, smallest]


def test_tensors_for_others_carry_their_strings(path):
    checkpoints.write_tensors(path, {"W": asarray([1.0])}, {"format": "pt"})
    tensors, strings = read_tensors(path)
    assert (tensors["W"].tolist(), strings) == ([1.0], {"format": "pt"})


def test_tensors_stand_in_the_order_of_the_file(path):
    header = {"z": tensor(offsets=(8, 16)), "a": tensor(offsets=(16, 24)), "m": tensor()}
    path.write_bytes(file_of(header, bytes(24)))
    assert list(read_tensors(path)[0]) == ["m", "z", "a"]


# What cannot be saved ---------------------------------------------------------------------------

endless = []
endless.append(endless)
UNSAVABLE = {
    "a list": ({"W": [1.0]}, {}, TypeError, "tensor 'W': list is no value"),
    "a Tensor": ({"W": tg.Tensor(1.0)}, {}, TypeError, "tensor 'W': Tensor is no value"),
    "a huge number": ({"n": 2**63}, {}, ValueError, "tensor 'n': .* int64"),
    "a name that is none": ({1: 1.0}, {}, TypeError, "a tensor's name is a str, got int: 1"),
    "the reserved name": ({"__metadata__": 1.0}, {}, ValueError, "'__metadata__'"),
    "half a character": ({"\ud800": 1.0}, {}, ValueError, "not valid Unicode"),
    "nan": ({}, {"a": [1, math.nan]}, ValueError, r"metadata\['a'\]\[1\] is nan: .* tensors"),
    "a set": ({}, {"a": {1}}, TypeError, r"metadata\['a'\] is a set: metadata hold"),
    "an Array": ({}, {"W": asarray([1.0])}, TypeError, "is a Array: .* among the tensors"),
    "a key of a number": ({}, {"a": {1: 2}}, TypeError, r"metadata\['a'\] has the key 1: .* str"),
    "half of a text": ({}, {"a": "\udc00"}, ValueError, r"metadata\['a'\] is not valid Unicode"),
    "half of a key": ({}, {"\udc00": 1}, ValueError, "not valid Unicode"),
    "itself": ({}, {"a": endless}, ValueError, r"metadata\['a'\].*: nested over 100 deep"),
}


@pytest.mark.parametrize("case", UNSAVABLE)
def test_what_cannot_be_saved_is_named_and_the_old_file_stays(path, case):
    tensors, metadata, error, message = UNSAVABLE[case]
    save(path, TENSORS, METADATA)
    with pytest.raises(error, match=message):
        save(path, tensors, metadata)
    assert load(path).metadata == METADATA


def test_an_array_of_complex_numbers_is_refused_with_what_can_be_saved(path):
    numpy = pytest.importorskip("numpy")
    with pytest.raises(TypeError, match="tensor 'W': dtype complex128 .* float64$"):
        save(path, {"W": numpy.zeros(2, "complex128")}, {})


# What is no checkpoint --------------------------------------------------------------------------

EIGHT = bytes(8)
W = {"W": tensor()}
WRONG = {
    "nothing": (b"", "cut off: it has 0 bytes"),
    "a length alone": (bytes(8), "cut off: it has 8 bytes"),
    "a header of 100 GB": (struct.pack("<Q", 10**11) + b"{}", "have 100,000,000,000 bytes, .* 2$"),
    "the largest length": (b"\xff" * 8 + b"{}", "no safetensors file, or cut off"),
    "a pickle": (pickle.dumps({"W": list(range(99))}), "no safetensors file, or cut off"),
    "no object": (file_of(b"[1, 2, 3]"), "does not begin with {"),
    "UTF-16": (file_of('{"a": 1}'.encode("utf-16")), "does not begin with {"),
    "no UTF-8": (file_of(b'{"\xff": 1}'), "utf-8"),
    "no JSON": (file_of(b'{"W": }   '), "damaged: no JSON at character 6"),
    "two objects": (file_of(b"{}{}      "), "damaged: no JSON at character 2: Extra data"),
    "a key twice": (file_of(b'{"W": 1, "W": 1}'), "damaged: the key 'W' comes twice"),
    "nan": (file_of(b'{"W": NaN}'), "damaged: NaN is no number of JSON"),
    "infinity": (file_of(b'{"W": -Infinity}'), "damaged: -Infinity is no number"),
    "beyond every float": (file_of(b'{"W": 1e999}'), "damaged: 1e999 is beyond every float"),
    "a number of 5000 digits": (file_of(b'{"W": %s}' % (b"9" * 5000)), "4300 digits"),
    "deep lists": (file_of(b'{"W": ' + b"[" * 10**6), "damaged"),
    "strings that are none": (file_of({"__metadata__": {"a": 1}}), "__metadata__ are no strings"),
    "no strings": (file_of({"__metadata__": []}), "__metadata__ are no strings"),
    "half a character": (file_of(b'{"__metadata__": {"a": "\\ud800"}}'), "damaged"),
    "a tensor that is none": (file_of({"W": 3}), "tensor 'W' needs dtype, shape and data_offsets"),
    "no shape": (file_of({"W": {"dtype": "F64", "data_offsets": [0, 8]}}, EIGHT), "needs dtype"),
    "one thing more": (file_of({"W": tensor() | {"x": 1}}, EIGHT), "and nothing else"),
    "an unknown dtype": (file_of({"W": tensor("F7")}, EIGHT), "'W' has dtype 'F7': readable are"),
    "complex numbers": (file_of({"W": tensor("C64")}, EIGHT), "dtype 'C64': readable are BOOL"),
    "a dtype that is none": (file_of({"W": tensor(["F64"])}, EIGHT), r"dtype \['F64'\]"),
    "a negative axis": (file_of({"W": tensor(shape=(-1,))}, EIGHT), r"has shape \[-1\]"),
    "an axis of half": (file_of({"W": tensor(shape=(0.5,))}, EIGHT), r"has shape \[0.5\]"),
    "a true axis": (file_of({"W": tensor(shape=(True,))}, EIGHT), r"has shape \[True\]"),
    "a huge axis": (file_of({"W": tensor(shape=(2**64, 0))}, EIGHT), r"has shape \[1844"),
    "two huge axes": (file_of({"W": tensor(shape=(2**32, 2**32))}, EIGHT), "not the 8 bytes"),
    "huge and empty": (
        file_of({"W": tensor(shape=(2**62, 2**62, 0), offsets=(0, 0))}), "damaged: .*verflow",
    ),
    "a wrong shape": (file_of({"W": tensor(shape=(2,))}, EIGHT), "not the 8 bytes that it has"),
    "too small a shape": (file_of({"W": tensor(offsets=(0, 16))}, bytes(16)), "not the 16 bytes"),
    "a negative offset": (file_of({"W": tensor(offsets=(-8, 0))}, EIGHT), r"data_offsets \[-8, 0"),
    "a huge offset": (file_of({"W": tensor(offsets=(0, 2**70))}, EIGHT), "data_offsets"),
    "three offsets": (file_of({"W": tensor(offsets=(0, 8, 8))}, EIGHT), "data_offsets"),
    "backwards": (file_of({"W": tensor(offsets=(8, 0))}, EIGHT), "not the -8 bytes"),
    "a hole": (file_of({"W": tensor(offsets=(1, 9))}, bytes(9)), "'W' lies behind a hole"),
    "an overlap": (file_of(W | {"V": tensor(offsets=(4, 12))}, bytes(12)), "'V' shares bytes"),
    "the same bytes": (file_of(W | {"V": tensor()}, EIGHT), "shares bytes with another"),
    "too few numbers": (file_of(W, bytes(7)), "cut off: its tensors need 8 bytes, it has 7"),
    "too many": (file_of(W, bytes(9)), "its tensors need 8 bytes, it has 9"),
    "another library's": (file_of(W, EIGHT), "no checkpoint of tinygrad_rnn"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_checkpoint_is_refused_with_file_and_reason(path, case):
    data, message = WRONG[case]
    path.write_bytes(data)
    with pytest.raises(ValueError, match=rf"^{re.escape(str(path))}: .*{message}"):
        load(path)


NOTES = {
    "no JSON": ("{", "no JSON at character 1"),
    "a list": ("[]", "which format"),
    "no format": ("{}", "which format"),
    "a true format": ('{"format": true}', "which format"),
    "a format of tomorrow": ('{"format": 2}', "has format 2, format 1 can be read: update"),
    "no metadata": ('{"format": 1}', "its checksum is that of other data"),
    "another checksum": (
        '{"format": 1, "sha256": "0", "metadata": {}}', "its checksum is that of other data",
    ),
    "nan": ('{"format": 1, "metadata": {"a": NaN}}', "NaN is no number of JSON"),
    "a key twice": ('{"format": 1, "format": 1}', "the key 'format' comes twice"),
    "deep lists": ('{"format": 1, "metadata": {"a": ' + "[" * 980 + "]" * 980 + "}}", "damaged"),
    "deeper ones": ('{"format": 1, "metadata": {"a": ' + "[" * 10**5, "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", NOTES)
def test_a_note_that_is_not_ours_is_refused(path, case):
    note, message = NOTES[case]
    checkpoints.write_tensors(path, {}, {KEY: note})
    with pytest.raises(ValueError, match=rf"^{re.escape(str(path))}: .*{message}"):
        load(path)


def test_a_header_longer_than_the_format_allows_is_refused_before_it_is_read(path):
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", 10**8 + 1) + b"{")
        stream.truncate(10**8 + 9)
    with pytest.raises(ValueError, match="100,000,001 bytes, the format allows 100,000,000"):
        load(path)


def test_a_zip_a_folder_and_a_device_are_refused(path, tmp_path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", pickle.dumps([1.0] * 99))
    for what, message in [(path, "no safetensors file"), (tmp_path, "is a folder or a device")]:
        with pytest.raises(ValueError, match=message):
            load(what)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        for what in (tmp_path / "pipe", "/dev/zero"):
            with pytest.raises(ValueError, match="is a folder or a device"):
                load(what)


def test_a_file_that_is_not_there_is_an_oserror(path):
    with pytest.raises(FileNotFoundError, match=re.escape(str(path))):
        load(path)


# Damage, everywhere -----------------------------------------------------------------------------


def read_or_refused(reader, path, data):
    """What a file of these bytes holds, or the message of the ValueError that refuses it."""
    path.unlink(missing_ok=True)  # a file that is emptied first is slow to write
    path.write_bytes(data)
    try:
        return reader(path)
    except ValueError as error:
        return str(error)


def loads_equal_or_is_refused(path, data):
    """Whether a file of these bytes was refused; anything but that or the same data fails."""
    found = read_or_refused(load, path, data)
    if isinstance(found, str):
        assert found.startswith(f"{path}: ")
        return True
    assert found.metadata == METADATA
    assert all(same(found.tensors[name], asarray(value)) for name, value in TENSORS.items())
    return False


@pytest.fixture
def good(path):
    return save(path, TENSORS, METADATA).read_bytes()


@pytest.mark.parametrize("change", [0x01, 0x20, 0x80])
def test_a_changed_byte_anywhere_is_noticed_unless_it_changes_nothing(path, good, change):
    header = 8 + int.from_bytes(good[:8], "little")
    loaded = []
    for place in range(len(good)):
        damaged = bytearray(good)
        damaged[place] ^= change
        if not loads_equal_or_is_refused(path, damaged):
            loaded.append(place)
    assert len(loaded) <= 2  # \uac00 is \uAC00
    assert max(loaded, default=0) < header


def test_a_file_cut_off_anywhere_is_refused(path, good):
    for length in range(len(good)):
        assert loads_equal_or_is_refused(path, good[:length])


def test_a_byte_too_many_or_too_few_anywhere_never_loads_as_something_else(path, good):
    for place in range(0, len(good), 3):
        loads_equal_or_is_refused(path, good[:place] + b" " + good[place:])
        loads_equal_or_is_refused(path, good[:place] + good[place + 1 :])


def test_any_bytes_and_any_header_are_read_or_refused(tmp_path_factory):
    hypothesis = pytest.importorskip("hypothesis")
    st = hypothesis.strategies
    path = tmp_path_factory.mktemp("any") / "a.safetensors"
    number = st.integers() | st.sampled_from([-1, 0, 1, 2, 8, 2**31, 2**63, 2**64, 0.5, True, None])
    few = st.lists(number, max_size=3)
    dtype = st.sampled_from(["F64", "BOOL", "BF16", "U64", "f64", "", None])
    about = st.fixed_dictionaries({"dtype": dtype, "shape": few, "data_offsets": few})
    header = st.dictionaries(st.text(max_size=2) | st.just("__metadata__"), about, max_size=3)

    @hypothesis.settings(max_examples=100)
    @hypothesis.given(st.builds(file_of, header | st.binary(), st.binary(max_size=20)))
    def check(data):
        for reader in (load, read_tensors):
            found = read_or_refused(reader, path, data)
            assert isinstance(found, tuple) or found.startswith(f"{path}: ")

    check()


LARGE = 100_000
HOSTILE = {
    "one long list": b'{"W": [' + b"0," * LARGE + b"0]}",
    "empty objects": b'{"W": [' + b"{}," * LARGE + b"0]}",
    "a shape of ones": b'{"W":{"dtype":"F64","data_offsets":[0,0],"shape":['
    + b"1," * LARGE + b"1]}}",
    "a shape of giants": b'{"W":{"dtype":"F64","data_offsets":[0,0],"shape":['
    + b"9223372036854775807," * LARGE + b"1]}}",
    "many digits": b'{"W": 0.' + b"1" * LARGE + b"}",
    "many keys, the last twice": b"{"
    + b",".join(b'"%d":0' % i for i in [*range(LARGE // 5), LARGE // 5 - 1]) + b"}",
    "a long name": b'{"' + b"W" * LARGE + b'": 1}',
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_header_costs_time_and_memory_in_proportion_to_its_size(path, case):
    data = file_of(HOSTILE[case])
    path.write_bytes(data)
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(ValueError, match="model.safetensors: ") as caught:
            load(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < 3
    assert peak < 60 * len(data)
    assert len(str(caught.value)) < 500 + len(str(path))


def test_a_large_file_of_another_kind_is_not_read(path):
    with path.open("wb") as stream:
        stream.truncate(10**8)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="no safetensors file"):
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


# Whole or not at all ----------------------------------------------------------------------------


def test_the_file_is_on_the_disk_before_its_name_is_and_then_the_folder(path, monkeypatch):
    done = []

    def noting(name, f):
        def noted(*arguments):
            done.append(name)
            return f(*arguments)

        monkeypatch.setattr(os, name, noted)

    noting("fsync", os.fsync)
    noting("replace", os.replace)
    save(path, TENSORS, {})
    assert done == ["fsync", "replace", *(["fsync"] if os.name == "posix" else [])]


def test_a_save_that_fails_half_way_leaves_the_old_file_alone(path, monkeypatch, tmp_path):
    save(path, TENSORS, METADATA)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device: .*model.safetensors"):
        save(path, {}, {})
    assert load(path).metadata == METADATA
    assert os.listdir(tmp_path) == [path.name]


@posix
def test_a_full_disk_leaves_the_old_file_alone(path, tmp_path):
    save(path, TENSORS, METADATA)
    said = run(
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "try: checkpoints.save(sys.argv[1], {'W': tg.arrays.zeros((9999,))}, {})\n"
        "except OSError as error: print(error.filename)",
        path,
    )
    assert said.stdout.strip() == str(path)
    assert load(path).metadata == METADATA
    assert os.listdir(tmp_path) == [path.name]


def test_a_place_that_takes_no_file_is_named(path, tmp_path):
    path.write_bytes(b"")
    folder = tmp_path / "folder"
    folder.mkdir()
    for place in (folder, path / "below.safetensors", tmp_path / "nowhere" / "a.safetensors"):
        with pytest.raises(OSError, match=re.escape(str(place))):
            save(place, TENSORS, {})
    with pytest.raises(ValueError, match="no file can be called"):
        save("a\0b", TENSORS, {})
    assert sorted(os.listdir(tmp_path)) == ["folder", path.name]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_may_not_be_written_is_an_oserror(path, tmp_path):
    save(path, TENSORS, METADATA)
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(PermissionError, match=re.escape(str(path))):
            save(path, {}, {})
        assert load(path).metadata == METADATA
    finally:
        tmp_path.chmod(0o755)


@posix
def test_a_link_stays_a_link_and_what_it_names_is_replaced(path, tmp_path):
    link = tmp_path / "latest.safetensors"
    link.symlink_to(path)
    save(link, TENSORS, METADATA)
    assert link.is_symlink()
    assert load(path).metadata == METADATA


@posix
def test_strays_are_swept_and_what_lives_or_is_not_ours_stays(path, tmp_path):
    import fcntl

    names = ["0" * 16, "f" * 16, "0" * 17, "g" * 16]
    stray, live, longer, other = (tmp_path / (files.PREFIX + name) for name in names)
    for place in (stray, live, longer, other):
        place.write_bytes(b"half")
    (tmp_path / (files.PREFIX + "1" * 16)).mkdir()
    with live.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        save(path, TENSORS, METADATA)
        assert not stray.exists()
        assert live.exists()
    save(path, TENSORS, METADATA)
    assert not live.exists()
    assert longer.exists()
    assert other.exists()
    assert len(os.listdir(tmp_path)) == 4


@posix
def test_a_temporary_swept_before_it_was_locked_is_made_anew(path, monkeypatch):
    lock, swept = files._lock, []

    def late(descriptor, *, wait):
        if wait and not swept:
            swept.extend(path.parent.glob(files.PREFIX + "*"))
            swept[0].unlink()
        lock(descriptor, wait=wait)

    monkeypatch.setattr(files, "_lock", late)
    save(path, TENSORS, METADATA)
    assert len(swept) == 1
    assert os.listdir(path.parent) == [path.name]
    assert load(path).metadata == METADATA


# Killed -----------------------------------------------------------------------------------------

SAVE = "checkpoints.save(sys.argv[1], {'W': tg.arrays.full((200, 100), 2.0)}, {'step': 2})\n"
COUNTED = f"""
import os, signal
moment, passed = int(sys.argv[2]), 0
def watch(frame, event, argument):
    global passed
    if not frame.f_code.co_filename.endswith("files.py"): return None
    passed += event == "line"
    if passed == moment: os.kill(os.getpid(), signal.SIGKILL)
    return watch
sys.settrace(watch)
{SAVE}
print(passed)
"""
ENDLESS = """
step = 1
while True:
    step += 1
    W = tg.arrays.full((200, 100), float(step))
    checkpoints.save(sys.argv[1], {'W': W}, {'step': step})
    print(step, flush=True)
"""


def command(code, *arguments):
    begin = "import sys\nimport tinygrad_rnn as tg\nfrom tinygrad_rnn import checkpoints\n"
    return [sys.executable, "-c", begin + code, *map(str, arguments)]


def run(code, *arguments):
    return subprocess.run(command(code, *arguments), cwd=ROOT, capture_output=True, text=True)


def whole(path):
    """The step of a checkpoint all of whose numbers are of that step."""
    tensors, metadata = load(path)
    assert set(entries(tensors["W"])) == {metadata["step"]}
    return metadata["step"]


def save_first(path):
    return save(path, {"W": tg.arrays.full((200, 100), 1.0)}, {"step": 1})


@posix
@pytest.mark.slow
def test_killed_at_any_line_the_last_good_checkpoint_loads_and_the_next_save_sweeps(path):
    save_first(path)
    lines = int(run(COUNTED, path, -1).stdout)
    assert lines >= 30
    found = []
    for moment in (round(1 + k * (lines - 1) / 14) for k in range(15)):
        save_first(path)
        assert run(COUNTED, path, moment).returncode == -signal.SIGKILL
        found.append(whole(path))
    assert set(found) == {1, 2}
    assert found == sorted(found)
    save_first(path)
    assert os.listdir(path.parent) == [path.name]


@posix
@pytest.mark.slow
def test_killed_at_any_time_what_was_said_to_be_saved_is_there(path):
    save_first(path)
    rng = random.Random(0)
    for _ in range(10):
        with subprocess.Popen(command(ENDLESS, path), cwd=ROOT, stdout=subprocess.PIPE) as child:
            said = int(child.stdout.readline())
            time.sleep(rng.uniform(0, 0.1))
            child.kill()
            said = int((child.stdout.read().split() or [said])[-1])
        assert whole(path) in (said, said + 1)
    save_first(path)
    assert os.listdir(path.parent) == [path.name]


@posix
@pytest.mark.slow
def test_processes_that_save_to_one_folder_do_not_sweep_each_other_away(path):
    work = f"for _ in range(60):\n    {SAVE}"
    several = [
        subprocess.Popen(command(work, path), cwd=ROOT, stderr=subprocess.PIPE) for _ in range(4)
    ]
    assert [child.communicate()[1] for child in several] == [b""] * 4
    assert whole(path) == 2
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.slow
def test_a_megabyte_is_saved_and_loaded_in_a_tenth_of_a_second_each(path):
    W = zeros((131_072,))
    start = time.process_time()
    save(path, {"W": W}, {})
    between = time.process_time()
    load(path)
    assert max(between - start, time.process_time() - between) < 0.1
