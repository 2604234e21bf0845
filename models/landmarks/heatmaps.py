"""Heat maps: Gaussian targets from points, and points finer than a cell from heat maps.

A point with cell coordinates (x, y) lies at the middle of cell (x, y) when both are whole numbers. A pixel p of the input lies at
(p + 0.5) / 4 - 0.5 of the heat map.

Decoding fits the logarithm of the map around its highest cell with a quadratic surface, in the least-squares sense with squared map
values as weights (Guo 2011, 10.1109/MSP.2011.941846), and takes its summit: exact for a Gaussian wherever it lies between the
cells, and it averages noise over 25 cells. The highest cell alone would be off by up to half a cell, two pixels of the input.
"""

from __future__ import annotations

import torch

from models.landmarks.network import CELL_PX

SIGMA_CELLS = 1.5
_REACH = 2
# A summit further than this from the highest cell is not one; the centre of mass is taken instead.
_MOST_CELLS = 1.0
_FLOOR = 1e-3


def to_cells(pixels: torch.Tensor) -> torch.Tensor:
    """Cell coordinates of pixels of the input."""
    return (pixels + 0.5) / CELL_PX - 0.5


def to_pixels(cells: torch.Tensor) -> torch.Tensor:
    """Pixels of the input from cell coordinates."""
    return (cells + 0.5) * CELL_PX - 0.5


def gaussian_targets(cells: torch.Tensor, size: int, sigma: float = SIGMA_CELLS) -> torch.Tensor:
    """(B, N, size, size) Gaussians of height 1 at points (B, N, 2) in cell coordinates, not rounded to cells."""
    axis = torch.arange(size, dtype=cells.dtype, device=cells.device)
    across = torch.exp(-((axis - cells[..., 0:1]) ** 2) / (2 * sigma**2))
    down = torch.exp(-((axis - cells[..., 1:2]) ** 2) / (2 * sigma**2))
    return down[..., :, None] * across[..., None, :]


def decode(maps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Points of heat maps.

    Args:
        maps: (B, N, H, W), any floating type.

    Returns:
        (B, N, 2) cell coordinates x, y; (B, N) height of the highest cell.
    """
    maps = maps.float()
    width = maps.shape[3]
    peak, index = maps.flatten(2).max(dim=2)
    top = torch.stack((index % width, index // width), dim=-1)
    values, inside = _windows(maps, top)
    relative = (values / peak.clamp_min(1e-6)[..., None]).clamp(_FLOOR, 1.0) * inside
    offset = _summit(relative)
    mass = relative.sum(dim=-1, keepdim=True)
    centre = (relative[..., None] * _grid(maps.device)).sum(dim=-2) / mass.clamp_min(1e-6)
    sound = torch.isfinite(offset).all(-1, keepdim=True) & (offset.abs() <= _MOST_CELLS).all(-1, keepdim=True)
    points = top + torch.where(sound, offset, centre)
    return points, peak


def _grid(device: torch.device) -> torch.Tensor:
    """(25, 2) offsets x, y of the cells of a window from its middle."""
    axis = torch.arange(-_REACH, _REACH + 1, dtype=torch.float32, device=device)
    down, across = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack((across.flatten(), down.flatten()), dim=-1)


def _windows(maps: torch.Tensor, top: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, N, 25) values around the highest cells (B, N, 2), and which of them lie in the map."""
    height, width = maps.shape[2:]
    where = top[..., None, :] + _grid(maps.device).long()
    limit = torch.tensor([width - 1, height - 1], device=maps.device)
    inside = ((where >= 0) & (where <= limit)).all(dim=-1)
    where = torch.minimum(where.clamp_min(0), limit)
    flat = where[..., 1] * width + where[..., 0]
    return maps.flatten(2).gather(2, flat), inside


def _summit(values: torch.Tensor) -> torch.Tensor:
    """(..., 2) summit of the quadratic surface through the logarithm of (..., 25) values; NaN where it has none."""
    x, y = _grid(values.device).double().unbind(-1)
    terms = torch.stack((torch.ones_like(x), x, y, x * x, x * y, y * y), dim=-1)
    weights = values.double() ** 2
    weighted = terms * weights[..., None]
    normal = weighted.transpose(-1, -2) @ terms + 1e-9 * torch.eye(6, dtype=torch.float64, device=values.device)
    right = weighted.transpose(-1, -2) @ values.double().clamp_min(_FLOOR).log()[..., None]
    _, bx, by, cxx, cxy, cyy = torch.linalg.solve(normal, right)[..., 0].unbind(-1)
    determinant = 4 * cxx * cyy - cxy * cxy
    summit = torch.stack((cxy * by - 2 * cyy * bx, cxy * bx - 2 * cxx * by), dim=-1) / determinant[..., None]
    falls = (cxx < 0) & (determinant > 0)
    return torch.where(falls[..., None], summit, torch.nan).float()
