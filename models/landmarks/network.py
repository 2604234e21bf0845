"""The Face Alignment Network (FAN): stacked hourglasses that give one heat map a landmark.

Architecture: Bulat and Tzimiropoulos 2017, 10.1109/ICCV.2017.116 (hourglass: Newell 2016; block: Bulat 2017). Written anew with the
tensor names of the face-alignment package (BSD-3-Clause, see NOTICE), so that its published weights fit as they are.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

POINTS = 68
OFFICIAL_MODULES = 4
OFFICIAL_WIDTH = 256
_DEPTH = 4
# A cell of a heat map covers this many pixels of the input on each side.
CELL_PX = 4
# Inputs must survive two halvings before the hourglass and four in it.
SIZE_STEP_PX = CELL_PX * 2**_DEPTH


class ConvBlock(nn.Module):
    """Hierarchical residual block: three 3x3 convolutions whose outputs are joined to 1/2 + 1/4 + 1/4 of the channels."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        half, quarter = channels_out // 2, channels_out // 4
        self.bn1, self.conv1 = nn.BatchNorm2d(channels_in), _conv3x3(channels_in, half)
        self.bn2, self.conv2 = nn.BatchNorm2d(half), _conv3x3(half, quarter)
        self.bn3, self.conv3 = nn.BatchNorm2d(quarter), _conv3x3(quarter, quarter)
        self.downsample: nn.Module | None = None
        if channels_in != channels_out:
            project = nn.Conv2d(channels_in, channels_out, kernel_size=1, bias=False)
            self.downsample = nn.Sequential(nn.BatchNorm2d(channels_in), nn.ReLU(), project)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(B, channels_in, H, W) to (B, channels_out, H, W)."""
        first = self.conv1(functional.relu(self.bn1(features)))
        second = self.conv2(functional.relu(self.bn2(first)))
        third = self.conv3(functional.relu(self.bn3(second)))
        shortcut = features if self.downsample is None else self.downsample(features)
        return torch.cat((first, second, third), dim=1) + shortcut


class HourGlass(nn.Module):
    """Halves the map ``depth`` times and brings it back, with a branch kept at every size."""

    def __init__(self, depth: int, width: int) -> None:
        super().__init__()
        self.depth = depth
        for level in range(depth, 0, -1):
            self.add_module(f"b1_{level}", ConvBlock(width, width))
            self.add_module(f"b2_{level}", ConvBlock(width, width))
            if level == 1:
                self.add_module("b2_plus_1", ConvBlock(width, width))
            self.add_module(f"b3_{level}", ConvBlock(width, width))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(B, width, H, W) to the same shape."""
        return self._level(self.depth, features)

    def _level(self, level: int, features: torch.Tensor) -> torch.Tensor:
        kept = self.get_submodule(f"b1_{level}")(features)
        low = self.get_submodule(f"b2_{level}")(functional.avg_pool2d(features, 2))
        low = self._level(level - 1, low) if level > 1 else self.get_submodule("b2_plus_1")(low)
        low = self.get_submodule(f"b3_{level}")(low)
        return kept + functional.interpolate(low, scale_factor=2.0, mode="nearest")


class FAN(nn.Module):
    """Stacked hourglasses.

    Args:
        modules: how many hourglasses, 1 to 4; the published 3D-FAN has 4.
        width: channels of the hourglasses, a multiple of 16; the published one has 256. The stem scales with it.
    """

    def __init__(self, modules: int = OFFICIAL_MODULES, width: int = OFFICIAL_WIDTH) -> None:
        super().__init__()
        if not 1 <= modules <= OFFICIAL_MODULES:
            raise ValueError(f"modules must be between 1 and {OFFICIAL_MODULES}, got {modules!r}")
        if width < 16 or width % 16:
            raise ValueError(f"width must be a multiple of 16, got {width!r}")
        self.modules_count, self.width = modules, width
        self.conv1 = nn.Conv2d(3, width // 4, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(width // 4)
        self.conv2 = ConvBlock(width // 4, width // 2)
        self.conv3 = ConvBlock(width // 2, width // 2)
        self.conv4 = ConvBlock(width // 2, width)
        for i in range(modules):
            self.add_module(f"m{i}", HourGlass(_DEPTH, width))
            self.add_module(f"top_m_{i}", ConvBlock(width, width))
            self.add_module(f"conv_last{i}", nn.Conv2d(width, width, kernel_size=1))
            self.add_module(f"bn_end{i}", nn.BatchNorm2d(width))
            self.add_module(f"l{i}", nn.Conv2d(width, POINTS, kernel_size=1))
            if i < modules - 1:
                self.add_module(f"bl{i}", nn.Conv2d(width, width, kernel_size=1))
                self.add_module(f"al{i}", nn.Conv2d(POINTS, width, kernel_size=1))

    def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        """Heat maps (B, 68, H / 4, W / 4) of every hourglass, the last one the best.

        Args:
            pictures: (B, 3, H, W) RGB, 0 to 1; H and W multiples of 64.
        """
        features = functional.relu(self.bn1(self.conv1(pictures)))
        features = functional.avg_pool2d(self.conv2(features), 2)
        features = self.conv4(self.conv3(features))
        maps = []
        for i in range(self.modules_count):
            part = self.get_submodule
            inner = part(f"top_m_{i}")(part(f"m{i}")(features))
            inner = functional.relu(part(f"bn_end{i}")(part(f"conv_last{i}")(inner)))
            maps.append(part(f"l{i}")(inner))
            if i < self.modules_count - 1:
                features = features + part(f"bl{i}")(inner) + part(f"al{i}")(maps[-1])
        return maps


def _conv3x3(channels_in: int, channels_out: int) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, kernel_size=3, padding=1, bias=False)
