"""Points from heat maps are finer than a cell: the cell alone would be off by up to two pixels of the input."""

import pytest
import torch

from models.landmarks.heatmaps import decode, gaussian_targets, to_cells, to_pixels

SIZE = 32


def somewhere(count=2, low=3.0, high=28.0):
    return low + (high - low) * torch.rand(count, 68, 2, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("sigma", [1.0, 1.5, 3.25])
def test_a_gaussian_comes_back_wherever_it_lies(sigma):
    true = somewhere()
    found, height = decode(gaussian_targets(true, SIZE, sigma))
    assert (found - true).abs().max() < 0.01
    assert height.min() > 0.7


def test_noise_of_a_twentieth_costs_less_than_a_tenth_of_a_cell():
    true = somewhere()
    noise = 0.05 * torch.randn(2, 68, SIZE, SIZE, generator=torch.Generator().manual_seed(4))
    found, _ = decode(gaussian_targets(true, SIZE) + noise)
    assert (found - true).norm(dim=-1).mean() < 0.1


def test_scale_and_negative_values_do_not_matter():
    true = somewhere()
    maps = gaussian_targets(true, SIZE)
    assert torch.allclose(decode(maps)[0], decode(0.2 * maps)[0], atol=1e-3)
    assert (decode(maps - 0.02)[0] - true).abs().max() < 0.1


def test_at_the_border_and_in_an_empty_map_points_stay_in_the_map():
    corner = torch.tensor([[[0.3, 0.2], [SIZE - 1.2, SIZE - 1.4]]])
    found, _ = decode(gaussian_targets(corner, SIZE))
    assert (found - corner).abs().max() < 0.1
    for maps in (torch.zeros(1, 68, SIZE, SIZE), -torch.ones(1, 68, SIZE, SIZE)):
        empty, _ = decode(maps)
        assert torch.isfinite(empty).all()
        assert empty.min() >= -1
        assert empty.max() <= SIZE


def test_bfloat16_maps_are_decoded_too():
    true = somewhere()
    assert (decode(gaussian_targets(true, SIZE).bfloat16())[0] - true).abs().max() < 0.1


def test_cells_and_pixels():
    """The middle of the first cell lies between the second and third of its four pixels."""
    assert to_pixels(torch.tensor(0.0)) == 1.5
    assert to_cells(torch.tensor(1.5)) == 0
    assert to_cells(to_pixels(torch.tensor(7.25))) == 7.25
