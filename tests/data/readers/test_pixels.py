import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from condgan import errors
from condgan.data.readers import pixels
from condgan.data.readers.pixels import as_images

SIDES = st.integers(5, 9)


@given(st.data(), SIDES, SIDES, st.sampled_from([1, 3, 4]), st.sampled_from(["NCHW", "NHWC"]))
def test_each_pixel_ends_where_it_belongs(draw, height, width, channels, layout):
    shape = (2, channels, height, width)
    wanted = draw.draw(arrays(np.uint8, shape))
    wanted[0, 0, 0, 0] = 255
    given_ = wanted if layout == "NCHW" else np.ascontiguousarray(wanted.transpose(0, 2, 3, 1))
    for option in (None, layout):
        assert np.array_equal(as_images(given_, layout=option).numpy(), wanted)


@given(arrays(np.uint8, (2, 5, 6)), st.permutations([0, 1, 2]), st.tuples(*[st.booleans()] * 3))
def test_any_memory_layout_is_copied_and_the_original_left_alone(values, axes, flips):
    values[0, 0, 0] = 255
    view = values.transpose(axes)[tuple(slice(None, None, -1 if flip else 1) for flip in flips)]
    before = values.copy()
    images = as_images(view)
    assert np.array_equal(images[:, 0].numpy(), view)
    images.zero_()
    assert np.array_equal(values, before)


@given(st.floats(-1e3, 1e3), st.floats(1e-2, 1e3))
def test_value_range_is_linear_onto_minus_one_to_one(low, span):
    steps = np.linspace(low, low + span, 9)
    images = as_images(steps.reshape(1, 3, 3), value_range=(low, low + span))
    assert images.dtype == torch.float32
    assert torch.allclose(images.flatten(), torch.linspace(-1, 1, 9), atol=1e-3)
    assert images.min() >= -1
    assert images.max() <= 1


@pytest.mark.parametrize("dtype", [np.int8, np.int16, ">i2", np.int64, np.uint16, ">u4", np.uint8])
def test_whole_numbers_with_value_range(dtype):
    values = np.array([0, 8, 16, 4], dtype=dtype).reshape(1, 2, 2)
    assert as_images(values, value_range=(0, 16)).flatten().tolist() == [-1, 0, 1, -0.5]


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, ">i4", np.int64, np.uint16])
@pytest.mark.parametrize("value_range", [None, (0, 255)])
def test_bytes_are_kept_as_bytes(dtype, value_range):
    values = np.array([0, 128, 255, 3], dtype=dtype).reshape(1, 2, 2)
    images = as_images(values, value_range=value_range)
    assert images.dtype == torch.uint8
    assert images.flatten().tolist() == [0, 128, 255, 3]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f8"])
def test_floats_go_by_their_range(dtype):
    signed = np.array([-0.5, 0, 0.25, 0.5], dtype=dtype).reshape(1, 2, 2)
    assert as_images(signed).flatten().tolist() == [-0.5, 0, 0.25, 0.5]
    positive = np.array([0, 0.25, 0.5, 1], dtype=dtype).reshape(1, 2, 2)
    assert as_images(positive).flatten().tolist() == [-1, -0.5, 0, 1]
    assert as_images(positive).dtype == torch.float32


def test_rounding_beyond_the_end_of_the_range_is_forgiven():
    images = as_images(np.array([[[-1.0000001, 1.0000001]]]))
    assert images.flatten().tolist() == [-1, 1]


def test_lists_tensors_truth_values_and_pictures():
    assert as_images([[[0, 255], [1, 2]]]).flatten().tolist() == [0, 255, 1, 2]
    assert as_images([torch.ones(1, 4, 4), torch.zeros(1, 4, 4)]).shape == (2, 1, 4, 4)
    assert as_images(torch.ones(1, 4, 4, dtype=torch.bfloat16)).unique().tolist() == [1]
    assert as_images(np.eye(4, dtype=bool)[None]).unique().tolist() == [0, 255]
    pictures = [Image.new("RGB", (5, 4), "red"), Image.new("L", (5, 4), 9)]
    images = as_images(pictures)
    assert images.shape == (2, 3, 4, 5)
    assert images[:, :, 0, 0].tolist() == [[255, 0, 0], [9, 9, 9]]


def test_a_tensor_that_needs_gradients_is_taken_as_it_is():
    values = torch.rand(2, 4, 4, requires_grad=True)
    assert not as_images(values).requires_grad


def test_dark_bytes_warn_and_name_their_brightest():
    values = np.array([[[0, 16], [3, 4]]], dtype=np.uint8)
    with pytest.warns(UserWarning, match=r"brightest value .* 16.*value_range=\(0, 16\)"):
        assert as_images(values).dtype == torch.uint8


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.arange(17).reshape(1, 1, 17), ["from 0 to 16", "value_range=(0, 16)"]),
        (np.array([[[-3, 200]]]), ["from -3 to 200", "value_range=(-3, 200)"]),
        (np.array([[[0, 4096]]]), ["from 0 to 4096", "value_range=(0, 4096)"]),
        (np.array([[[0.0, 255.0]]]), ["floats", "0 to 255", "value_range=(0, 255)"]),
        (np.array([[[-2.1, 2.6]]]), ["-2.1 to 2.6", "value_range=(-2.1, 2.6)"]),
        (np.array([[[0, 1], [np.nan, 0]]]), ["finite", "(0, 0, 1, 0)", "nan", "image 0"]),
        (np.array([[[0, 1]], [[np.inf, 0]]]), ["(1, 0, 0, 0)", "inf"]),
        (np.zeros((4, 64)), ["(4, 64)", "reshape"]),
        (np.zeros((2, 3, 3, 3)), ["(2, 3, 3, 3)", "first or last", 'layout="NCHW"', "NHWC"]),
        (np.zeros((2, 5, 6, 7)), ["(2, 5, 6, 7)", "1, 3 or 4", "layout="]),
        ([np.zeros((4, 4)), np.zeros((5, 4))], ["image 0 is 4 x 4", "image 1 is 5 x 4"]),
        ([[[1, 2], [3]]], ["image 0", "different lengths"]),
    ],
)
def test_what_cannot_be_understood_says_so(values, words):
    with pytest.raises(errors.DataError) as caught:
        as_images(values)
    assert all(word in str(caught.value) for word in words), caught.value


def test_ambiguous_shapes_are_settled_by_layout():
    values = np.arange(27, dtype=np.float64).reshape(1, 3, 3, 3) / 27
    first = as_images(values, layout="NCHW")
    last = as_images(values, layout="NHWC")
    assert torch.equal(first.permute(0, 2, 3, 1)[0, :, 0, 0], first[0, 0, :, 0])
    assert torch.equal(last, first.permute(0, 3, 1, 2))
    assert as_images(np.zeros((2, 5, 6, 7)), layout="NHWC").shape == (2, 7, 5, 6)


def test_a_reading_that_is_but_a_line_of_pixels_loses():
    assert as_images(np.zeros((2, 1, 4, 3))).shape == (2, 1, 4, 3)
    assert as_images(np.zeros((2, 4, 3, 1))).shape == (2, 1, 4, 3)


def test_values_outside_the_range_given_are_refused_by_index():
    values = np.zeros((2, 4, 4))
    values[1, 2, 3] = 17
    with pytest.raises(errors.DataError, match=r"\(0, 16\).* 17 at .*\(1, 0, 2, 3\)"):
        as_images(values, value_range=(0, 16))


@pytest.mark.parametrize("value_range", [(1, 0), (0, 0), (0, np.inf), (0,), 5, ("a", "b")])
def test_a_range_must_be_one(value_range):
    with pytest.raises(errors.ConfigError, match="value_range"):
        as_images(np.zeros((1, 2, 2)), value_range=value_range)


def test_layout_must_be_known():
    with pytest.raises(errors.ConfigError, match="CHWN"):
        as_images(np.zeros((1, 2, 2)), layout="CHWN")


@pytest.mark.parametrize("values", [np.array([[["a"]]]), np.zeros((1, 2, 2), complex), object()])
def test_what_holds_no_numbers_is_refused(values):
    with pytest.raises(errors.ArgumentTypeError, match="numbers"):
        as_images(values)


def test_pictures_and_arrays_do_not_mix():
    with pytest.raises(errors.ArgumentTypeError, match=r"image 1 is a Pillow image but image 0"):
        as_images([np.zeros((4, 4)), Image.new("L", (4, 4))])


def test_bytes_that_nobody_else_holds_are_not_copied():
    pile = np.full((2, 3, 4, 5), 200, np.uint8)
    for value_range in (None, (0, 255)):
        taken = as_images(pile, value_range=value_range, copy=False)
        assert np.shares_memory(taken.numpy(), pile)
        kept = as_images(pile, value_range=value_range)
        assert not np.shares_memory(kept.numpy(), pile)
        assert torch.equal(taken, kept)


def test_what_torch_cannot_hold_is_copied_all_the_same():
    pile = np.arange(160, 160 + 80, dtype=np.uint8).reshape(2, 1, 5, 8)
    for odd in (pile[::-1], pile.astype(">u2"), pile.transpose(0, 1, 3, 2)):
        assert np.array_equal(as_images(odd, copy=False).numpy(), odd)


@pytest.mark.parametrize("few", [1, 100, 10**6])
def test_images_are_scaled_alike_however_many_at_a_time(monkeypatch, few):
    deep = np.arange(0, 65536, 91, dtype=np.uint16)[:720].reshape(5, 1, 12, 12)
    monkeypatch.setattr(pixels, "FEW", few)
    wanted = (deep.astype(np.float64) * (2 / 65535) - 1).astype(np.float32)
    assert np.array_equal(as_images(deep, value_range=(0, 65535)).numpy(), wanted)
