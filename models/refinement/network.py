"""The refining network: what a crop of half a face shows, and where the mesh sees its points, give where the points are.

A first estimate comes from the whole crop at once. Then every point looks around itself, twice, at finer features: that finds edges
such as the alar rim wherever they are in the crop, which the first estimate alone gets only to about 0.8 mm.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models.refinement.alignment import CROP_HEIGHT, CROP_WIDTH, MM_PER_PX, REGIONS

NAME = "hemiface_refine"
VERSION = "2.0"
_CHANNELS = (24, 48, 80)
_SQUEEZED, _HIDDEN = 28, 192
# Points enter in units of about their spread between faces.
_UNIT_MM = 5.0
_LEAST_CONTRAST = 4.0
# Around a point: this many places in each direction, one pixel of the features apart.
_AROUND, _LOCAL = 3, 64
_LOOKS = 2


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + functional.relu(self.norm(self.conv(x)))


def _halving(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)
    )


class Look(nn.Module):
    """Every point looks at the features around itself and moves.

    Args:
        count: number of points P.
        channels: of each map of features.
    """

    def __init__(self, count: int, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.seen = nn.Linear(_AROUND**2 * sum(channels), _LOCAL)
        self.point = nn.Parameter(torch.randn(count, _LOCAL) * 0.1)
        self.move = nn.Parameter(torch.zeros(count, _LOCAL, 2))
        steps = torch.arange(_AROUND) - _AROUND // 2
        down, across = torch.meshgrid(steps, steps, indexing="ij")
        self.register_buffer(
            "steps", torch.stack([across, down], dim=-1).reshape(1, 1, -1, 2).float(), persistent=False
        )

    def forward(self, maps: Sequence[torch.Tensor], points_mm: torch.Tensor) -> torch.Tensor:
        """(N, P, 2) millimetres that points (N, P, 2) move, from maps (N, C, H, W) of the whole crop."""
        hidden = functional.relu(self.seen(self.around(maps, points_mm)) + self.point)
        return torch.einsum("npc,pcd->npd", hidden, self.move)

    def around(self, maps: Sequence[torch.Tensor], points_mm: torch.Tensor) -> torch.Tensor:
        """(N, P, 9 C) what maps (N, C, H, W) hold around points (N, P, 2): place after place, all channels of all maps."""
        found = []
        for features in maps:
            size = torch.tensor([features.shape[3], features.shape[2]], device=features.device)
            # A pixel of the crop at 0 is centred there; features of a coarser map are centred over the pixels that they cover.
            place = (points_mm / MM_PER_PX + 0.5) * size / points_mm.new_tensor([CROP_WIDTH, CROP_HEIGHT])
            around = (place.unsqueeze(2) + self.steps) * 2 / size - 1
            found.append(functional.grid_sample(features, around, padding_mode="border", align_corners=False))
        return torch.cat(found, dim=1).permute(0, 2, 3, 1).flatten(2)


class RegionNetwork(nn.Module):
    """Refines the points of one region of one half, seen as a right half.

    Args:
        count: number of points P.

    Attributes:
        fast_training: convolutions in bfloat16 while it trains, more than twice as fast on processors that can; never in use.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.fast_training = False
        one, two, three = _CHANNELS
        self.fine = nn.Sequential(_halving(3, one), _Residual(one))
        self.middle = nn.Sequential(_halving(one, two), _Residual(two))
        self.coarse = nn.Sequential(
            _halving(two, three),
            _Residual(three),
            _Residual(three),
            nn.Conv2d(three, _SQUEEZED, 1, bias=False),
            nn.BatchNorm2d(_SQUEEZED),
            nn.ReLU(inplace=True),
        )
        seen = _SQUEEZED * (CROP_HEIGHT // 8) * (CROP_WIDTH // 8)
        self.drop = nn.Dropout(0.1)
        self.joined = nn.Linear(seen + 2 * count, _HIDDEN)
        self.hidden = nn.Linear(_HIDDEN, _HIDDEN)
        self.out = nn.Linear(_HIDDEN + 2 * count, 2 * count)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.looks = nn.ModuleList(Look(count, (one, two)) for _ in range(_LOOKS))
        self.register_buffer("mean_mm", torch.zeros(count, 2))

    def forward(self, crops: torch.Tensor, mesh_mm: torch.Tensor) -> torch.Tensor:
        """(N, P, 2) millimetres in the crop: the refined points.

        Args:
            crops: (N, 3, CROP_HEIGHT, CROP_WIDTH) uint8 or float, RGB 0 to 255.
            mesh_mm: (N, P, 2) the mesh's points in the crop, u and v in millimetres.
        """
        return self.estimates(crops, mesh_mm)[-1]

    def estimates(self, crops: torch.Tensor, mesh_mm: torch.Tensor) -> list[torch.Tensor]:
        """The same as ``forward`` with the estimates on the way to it, the first one first."""
        pictures = crops.float()
        mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
        contrast = pictures.std(dim=(1, 2, 3), keepdim=True).clamp(min=_LEAST_CONTRAST)
        with torch.autocast(crops.device.type, torch.bfloat16, enabled=self.training and self.fast_training):
            fine = self.fine((pictures - mean) / contrast)
            middle = self.middle(fine)
            seen = self.coarse(middle)
        seen = seen.float().flatten(1)
        mesh = ((mesh_mm - self.mean_mm) / _UNIT_MM).flatten(1)
        joined = functional.relu(self.joined(torch.cat([self.drop(seen), mesh], dim=1)))
        hidden = joined + functional.relu(self.hidden(joined))
        moved = self.out(torch.cat([hidden, mesh], dim=1)).view_as(mesh_mm)
        found = [mesh_mm + _UNIT_MM * moved]
        for look in self.looks:
            # Where a point looks is not learned from what it then sees.
            found.append(found[-1] + look((fine.float(), middle.float()), found[-1].detach()))
        return found


class RefinementNetwork(nn.Module):
    """One ``RegionNetwork`` for every region; the same weights serve both halves of the face."""

    def __init__(self) -> None:
        super().__init__()
        self.regions = nn.ModuleDict({region.name: RegionNetwork(len(region.points)) for region in REGIONS})

    def refine(self, region: str, crops: np.ndarray, mesh_mm: np.ndarray) -> np.ndarray:
        """(N, P, 2) refined points of one region in millimetres.

        Args:
            region: name of the region.
            crops: (N, CROP_HEIGHT, CROP_WIDTH, 3) uint8 RGB.
            mesh_mm: (N, P, 2) the mesh's points in millimetres of the crop.
        """
        network = self.regions[region]
        device = network.mean_mm.device
        with torch.inference_mode():
            pictures = torch.from_numpy(np.ascontiguousarray(crops)).to(device).permute(0, 3, 1, 2)
            points = torch.from_numpy(mesh_mm.astype(np.float32)).to(device)
            return network(pictures, points).cpu().numpy()


def parameter_count(network: nn.Module) -> int:
    """Number of trained parameters."""
    return sum(parameter.numel() for parameter in network.parameters())
