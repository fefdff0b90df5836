"""Parameter sets: read from files that may hold anything, and listed for one track."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui.studio.render.h264 import (
    OWN_ID,
    Settings,
    find_settings,
    list_of_settings,
    read_settings,
    read_units,
    with_lengths,
)
from vbtui.studio.render.parameters import Beginning, holding, read_parameters

PHONE = bytes.fromhex(
    "0164000dffe1001a6764000dacd941419f9f0110000003001000000303c0f142996001000668ebe3cb22c0fdf8f800"
)
"""The `avcC` of a file of libx264's."""
OWN = bytes.fromhex(
    "000000016764000d10b36505067e7c0440000003004000000f03c50a658000000001681022be3cb22c"
)
"""What libx264 gives with `sps-id=7`."""


def test_both_are_read_and_listed_together() -> None:
    phone, own = read_settings(PHONE), find_settings(OWN)
    assert phone is not None
    assert (phone.ids, own.ids) == ({0}, {OWN_ID})
    assert list_of_settings([phone]) == PHONE
    both = read_settings(list_of_settings([phone, own]))
    assert both == Settings(phone.sequence + own.sequence, phone.picture + own.picture)


def test_a_list_names_the_profile_and_level_that_decode_all() -> None:
    baseline = Settings((bytes.fromhex("6742c01eaaaaaaaa"),), (bytes.fromhex("68ce3c80"),))
    high = Settings((bytes.fromhex("67640028aaaaaaaa"),), (bytes.fromhex("68ce3c80"),))
    assert list_of_settings([baseline])[:4] == bytes.fromhex("0142c01e")
    assert list_of_settings([high, baseline])[:4] == bytes.fromhex("01640028")
    assert list_of_settings([baseline])[-4:] == bytes.fromhex("68ce3c80")


@pytest.mark.parametrize("length", range(len(PHONE) - 4))
def test_a_list_that_ends_too_early_is_refused(length: int) -> None:
    assert read_settings(PHONE[:length]) is None


def test_other_forms_are_refused() -> None:
    assert read_settings(OWN) is None
    assert read_settings(PHONE[:4] + b"\xfd" + PHONE[5:]) is None  # lengths of two bytes
    assert read_settings(PHONE[:5] + b"\xe0" + PHONE[6:]) is None  # no set: they are in the packets
    assert read_settings(PHONE[:9] + b"\xf4" + PHONE[10:]) is None  # another profile


UNIT = st.binary(min_size=1, max_size=9).filter(lambda data: b"\0" not in data)


@given(st.lists(UNIT, min_size=1), st.lists(st.booleans(), min_size=1))
def test_units_between_start_codes_get_lengths(units: list[bytes], long: list[bool]) -> None:
    data = b"".join(
        bytes(2 + long[number % len(long)]) + b"\1" + unit for number, unit in enumerate(units)
    )
    found = [bytes(unit) for unit in read_units(memoryview(with_lengths(data)))]
    assert found == units


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_settings(b"\1\x64\0\x0d\xff" + data)
    try:
        sizes = [len(unit) for unit in read_units(memoryview(data))]
    except ValueError:
        return
    assert sum(sizes) + 4 * len(sizes) == len(data)


@pytest.mark.parametrize("held", range(4, 17))
def test_a_set_says_that_more_pictures_are_held_back(held: int) -> None:
    own = find_settings(OWN)
    before = read_parameters(own.sequence[0], own.picture)
    after = read_parameters(holding(own.sequence[0], held), own.picture)
    assert before is not None
    assert after is not None
    assert before.form.held == 4
    assert after.form == replace(before.form, held=held)
    assert holding(holding(own.sequence[0], held), 4) == own.sequence[0]


@given(st.binary(max_size=40), st.binary(max_size=12), st.binary(max_size=12))
def test_any_sets_and_pictures_are_read_or_refused(
    sequence: bytes, picture: bytes, slice_data: bytes
) -> None:
    own = find_settings(OWN)
    for start in (own.sequence[0][:8], own.sequence[0], b"\x67\x64\x00\x0d"):
        read_parameters(start + sequence, [b"\x68" + picture])
        holding(start + sequence, 9)
    found = read_parameters(own.sequence[0], own.picture)
    assert found is not None
    found.beginning(b"\x65" + slice_data)


def test_a_picture_that_drops_those_before_it_is_seen() -> None:
    """First macroblock 0, slice type 7, set 7, frame 0, `idr_pic_id` 1, order 0, dropping or not."""
    own = find_settings(OWN)
    found = read_parameters(own.sequence[0], own.picture)
    assert found is not None
    head = "100010000001000" + "0" * found.frame_number_bits + "010" + "0" * found.order_bits
    for drops in "01":
        bits = (head + drops).ljust(64, "1")
        assert found.beginning(b"\x65" + int(bits, 2).to_bytes(8)) == Beginning(1, drops == "1")
