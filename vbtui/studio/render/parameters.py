"""What H.264's parameter sets and the heads of its pictures say (ITU-T H.264, 7.3.2 and 7.3.3).

Pictures of two encoders may follow each other in one track only where a decoder has no reason to
drop what it has not shown yet, or to show it in another way. It may drop it at an IDR picture whose
sequence differs in size or in the number of pictures that are held back (C.4.4), and it must where the
IDR picture itself asks for it. Decoders have reasons of their own: OpenH264 begins anew where the
number of references changes, and shows baseline at once, other profiles in order. So a `Form` is what two sequences must have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_HIGH = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)
"""Profiles whose sequences name their chroma and depth."""
_CONSTRAINED = 0x40
"""`constraint_set1_flag`: of baseline, only what the profile main has, too."""
_INTRA = 0x10
"""`constraint_set3_flag`: of high, key frames alone."""
_EXTENDED_SAR = 255
_MAX_DPB_MBS = {
    9: 396, 10: 396, 11: 900, 12: 2376, 13: 2376, 20: 2376, 21: 4752, 22: 8100, 30: 8100, 31: 18000,
    32: 20480, 40: 32768, 41: 32768, 42: 34816, 50: 110400, 51: 184320, 52: 184320, 60: 696320,
    61: 696320, 62: 696320,
}  # fmt: skip
"""Macroblocks that a decoder of a level holds (table A-1), by ten times the level; 9 is 1b."""
_MOST_HELD = 16
_BT709, _UNNAMED = 1, 2
"""Numbers of ITU-T H.273."""
_ANY_PICTURE_SET = bytes.fromhex("68ce3c80")


@dataclass(frozen=True, slots=True)
class Form:
    """What must be equal for pictures of two encoders to follow each other in one track."""

    width_mbs: int
    height_mbs: int
    crop: tuple[int, int, int, int]
    """Left, right, top, bottom, in pairs of pixels."""
    held: int
    """`max_dec_frame_buffering`, as written or as the level implies."""
    references: int
    """`max_num_ref_frames`: decoders make room for so many."""
    order_type: int
    """`pic_order_cnt_type`: 2 says that nothing is shown in another order than it is decoded in."""
    is_baseline: bool
    """The profile without pictures that are shown later; decoders show it at once."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """One sequence of whole frames of 4:2:0 with 8 bits, and the picture sets for it."""

    form: Form
    is_plain: bool
    """Pixels are square and colours are BT.709's, in the range of television; or nothing is said."""
    picture_sets: Mapping[int, bool]
    """For each number, whether its pictures name the order of their second field."""
    frame_number_bits: int
    order_bits: int
    order_is_fixed: bool
    """`delta_pic_order_always_zero_flag`."""
    held_place: int
    """The bit, counted from the end of the unit's plain bits, at which `held` is written; 0: nowhere."""

    def beginning(self, data: bytes) -> Beginning | None:
        """The head of the IDR slice `data`; None when it is of a set that is not there."""
        bits = _Bits(data[1:64])
        try:
            bits.unsigned(), bits.unsigned()  # first_mb_in_slice, slice_type
            is_paired = self.picture_sets[bits.unsigned()]
            bits.take(self.frame_number_bits)
            number = bits.unsigned()
            if self.form.order_type == 0:
                bits.take(self.order_bits)
            if self.form.order_type == 1 and not self.order_is_fixed:
                bits.signed()
            if is_paired and (self.form.order_type == 0 or not self.order_is_fixed):
                bits.signed()
            return Beginning(number, bool(bits.take(1)))
        except (IndexError, KeyError):
            return None


@dataclass(frozen=True, slots=True)
class Beginning:
    """What an IDR picture says at its head."""

    number: int
    """`idr_pic_id`: two IDR pictures in a row must differ in it."""
    drops: bool
    """`no_output_of_prior_pics_flag`: what is not shown yet never is."""


def read_parameters(sequence: bytes, pictures: Iterable[bytes]) -> Parameters | None:
    """The sets in these units; None for damaged ones, interlaced or other pictures, and several groups
    of slices."""
    try:
        found = [_read_picture_set(data) for data in pictures]
        return _read_sequence(sequence, dict(found))
    except IndexError:
        return None


def _read_sequence(data: bytes, picture_sets: Mapping[int, bool]) -> Parameters | None:
    profile, constraints, level = data[1:4]
    if profile == 66 and not constraints & _CONSTRAINED:
        return None
    bits = _Bits(data[4:])
    bits.unsigned()  # seq_parameter_set_id
    if profile in _HIGH:
        chroma, luma_bits, chroma_bits = bits.unsigned(), bits.unsigned(), bits.unsigned()
        if (chroma, luma_bits, chroma_bits) != (1, 0, 0):
            return None
        bits.take(1)  # qpprime_y_zero_transform_bypass_flag
        if bits.take(1):
            _skip_matrices(bits)
    frame_number_bits = bits.unsigned() + 4
    order_type = bits.unsigned()
    order_bits, order_is_fixed = 0, False
    if order_type == 0:
        order_bits = bits.unsigned() + 4
    elif order_type == 1:
        order_is_fixed = bool(bits.take(1))
        bits.signed(), bits.signed()  # offset_for_non_ref_pic, offset_for_top_to_bottom_field
        for _ in range(min(bits.unsigned(), 255)):
            bits.signed()
    references, has_gaps = bits.unsigned(), bits.take(1)
    width, height = bits.unsigned() + 1, bits.unsigned() + 1
    if not bits.take(1) or has_gaps or order_type > 2:  # frame_mbs_only_flag
        return None
    bits.take(1)  # direct_8x8_inference_flag
    crop = (0, 0, 0, 0)
    if bits.take(1):
        crop = (bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned())
    held, held_place = _held_by_level(profile, constraints, level, width * height), 0
    is_plain = True
    if bits.take(1):
        is_plain = _looks_plain(bits)
        if _reaches_held(bits):
            held_place = bits.left
            held = bits.unsigned()
    form = Form(width, height, crop, held, references, order_type, profile == 66)
    return Parameters(
        form, is_plain, picture_sets, frame_number_bits, order_bits, order_is_fixed, held_place
    )


def _held_by_level(profile: int, constraints: int, level: int, mbs: int) -> int:
    if profile in _HIGH and constraints & _INTRA:
        return 0
    if level == 11 and constraints & _INTRA:
        level = 9
    return min(_MAX_DPB_MBS.get(level, 0) // mbs, _MOST_HELD)


def _skip_matrices(bits: _Bits) -> None:
    for place in range(8):
        if not bits.take(1):
            continue
        last = following = 8
        for _ in range(16 if place < 6 else 64):
            if following:
                following = (last + bits.signed()) % 256
            last = following or last


def _looks_plain(bits: _Bits) -> bool:
    """The first part of the usability information: pixel shape, range, colours."""
    is_plain = True
    if bits.take(1):
        shape = bits.take(8)
        is_plain = shape <= 1 if shape != _EXTENDED_SAR else bits.take(16) == bits.take(16)
    if bits.take(1):
        bits.take(1)  # overscan_appropriate_flag
    if bits.take(1):
        bits.take(3)  # video_format
        if bits.take(1):  # video_full_range_flag
            is_plain = False
        if bits.take(1):
            named = {bits.take(8), bits.take(8), bits.take(8)}
            is_plain = is_plain and named <= {_BT709, _UNNAMED}
    return is_plain


def _reaches_held(bits: _Bits) -> bool:
    """Whether the rest of it names the number of pictures that are held back: it comes next."""
    if bits.take(1):
        bits.unsigned(), bits.unsigned()  # chroma_sample_loc_type of both fields
    if bits.take(1):
        bits.take(65)  # num_units_in_tick, time_scale, fixed_frame_rate_flag
    described = 0
    for _ in range(2):
        if bits.take(1):
            described += 1
            _skip_buffering(bits)
    if described:
        bits.take(1)  # low_delay_hrd_flag
    bits.take(1)  # pic_struct_present_flag
    if not bits.take(1):
        return False
    bits.take(1)  # motion_vectors_over_pic_boundaries_flag
    for _ in range(5):
        bits.unsigned()
    return True


def _skip_buffering(bits: _Bits) -> None:
    count = min(bits.unsigned(), 31) + 1
    bits.take(8)
    for _ in range(count):
        bits.unsigned(), bits.unsigned(), bits.take(1)
    bits.take(20)


def _read_picture_set(data: bytes) -> tuple[int, bool]:
    """Its number, and whether its pictures name the order of their second field.

    Raises `IndexError` for one with several groups of slices or with redundant pictures, and for
    transforms of 8x8 in CAVLC, which OpenH264 does not decode.
    """
    bits = _Bits(data[1:])
    number, _ = bits.unsigned(), bits.unsigned()
    cabac, is_paired = bits.take(1), bool(bits.take(1))
    groups = bits.unsigned()
    bits.unsigned(), bits.unsigned()  # num_ref_idx_l0_default_active_minus1, the same of l1
    bits.take(3)  # weighted_pred_flag, weighted_bipred_idc
    bits.signed(), bits.signed(), bits.signed()  # quantizers
    bits.take(2)  # deblocking_filter_control_present_flag, constrained_intra_pred_flag
    is_redundant = bits.take(1)
    has_more = not bits.is_at_end
    if groups or is_redundant or (has_more and bits.take(1) and not cabac):
        raise IndexError
    return number, is_paired


def holding(sequence: bytes, held: int) -> bytes:
    """The set in the unit `sequence`, saying that so many pictures are held back, which must not be
    fewer than are; as it is where it says nothing of that."""
    parameters = read_parameters(sequence, [_ANY_PICTURE_SET])
    if parameters is None or not parameters.held_place:
        return sequence
    bits = _Bits(sequence[4:])
    before = bits.take(bits.left - parameters.held_place)
    code = held + 1
    size = 2 * code.bit_length() - 1
    count = len(_plain(sequence[4:])) * 8 - parameters.held_place + size + 1
    padding = -count % 8
    value = ((before << size | code) << 1 | 1) << padding
    data = value.to_bytes((count + padding) // 8)
    return sequence[:4] + re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", data)


def _plain(data: bytes) -> bytes:
    """Without the bytes that keep start codes out of a unit."""
    return data.replace(b"\x00\x00\x03", b"\x00\x00")


class _Bits:
    """Reads a unit bit by bit. Raises `IndexError` behind its end."""

    def __init__(self, data: bytes) -> None:
        plain = _plain(data)
        self.left = len(plain) * 8
        self._value = int.from_bytes(plain)

    def take(self, count: int) -> int:
        """The next bits as a number."""
        self.left -= count
        if self.left < 0:
            raise IndexError
        return self._value >> self.left & ((1 << count) - 1)

    @property
    def is_at_end(self) -> bool:
        """Whether only the bit that ends a unit is left, and filling."""
        rest = self._value & ((1 << self.left) - 1)
        return self.left > 0 and rest == 1 << (self.left - 1)

    def unsigned(self) -> int:
        """The next number in the code of Exp-Golomb, below 2^32."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise IndexError
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """The next signed one."""
        number = self.unsigned()
        return (number + 1) // 2 if number % 2 else -(number // 2)
