"""The network: measured features and pictures of one side beside the other, joined; a distribution over severity for every branch.

Both sides go through the same weights, each as *own* beside *other*; the pictures of the left half are mirrored first. So swapped
sides give swapped answers by construction, and mirrored copies of examinations would teach it nothing.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from models.face_crops import FACE_MASK, SIZE_PX
from models.severity.distribution import BINS
from models.severity.features import FEATURES, LEARNED_BRANCHES, PICTURED

CHANNELS = (16, 24, 32, 48)
GRID = (4, 2)
SLOT = 16
"""Numbers that one picture of one movement contributes."""
WIDTH = 64
_HALF = SIZE_PX // 2
_LEAST_SD = 2.0
_MOST_SD_AWAY = 6.0


class SeverityNetwork(nn.Module):
    """The network that ships as ``severity_branches``.

    Buffers ``middle`` and ``spread`` (F,) standardise the features; they are fitted on training people alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.middle: torch.Tensor
        self.spread: torch.Tensor
        self.inside: torch.Tensor
        self.register_buffer("middle", torch.zeros(len(FEATURES)))
        self.register_buffer("spread", torch.ones(len(FEATURES)))
        self.register_buffer(
            "inside", torch.from_numpy(FACE_MASK[:, :_HALF].astype(np.float32))[None], persistent=False
        )
        self.measured = nn.Sequential(
            nn.Linear(2 * len(FEATURES), 2 * WIDTH), nn.ReLU(), nn.Dropout(0.2), nn.Linear(2 * WIDTH, WIDTH), nn.ReLU()
        )
        layers: list[nn.Module] = []
        before = 2
        for number, filters in enumerate(CHANNELS):
            layers += [
                nn.Conv2d(
                    before,
                    filters,
                    3 if number else 7,
                    stride=1 if number else 4,
                    padding=1 if number else 3,
                    bias=False,
                ),
                nn.BatchNorm2d(filters),
                nn.ReLU(),
            ]
            layers += [nn.MaxPool2d(2)] if number in (1, 2) else []
            before = filters
        self.look = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(GRID), nn.Flatten(), nn.Dropout(0.2))
        self.slot = nn.Parameter(torch.empty(len(PICTURED), 2 * CHANNELS[-1] * GRID[0] * GRID[1], SLOT))
        nn.init.normal_(self.slot, std=(2 * CHANNELS[-1] * GRID[0] * GRID[1]) ** -0.5)
        self.appearance = nn.Sequential(nn.Linear(len(PICTURED) * (SLOT + 1) + 1, WIDTH), nn.ReLU())
        self.fusion = nn.Sequential(
            nn.Dropout(0.2),
            nn.Linear(2 * WIDTH, 2 * WIDTH),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(2 * WIDTH, len(LEARNED_BRANCHES) * BINS),
        )

    def standardise(self, middle: np.ndarray, spread: np.ndarray) -> None:
        """Set mean and SD (F,) of the features."""
        self.middle.copy_(torch.from_numpy(middle.astype(np.float32)))
        self.spread.copy_(torch.from_numpy(spread.astype(np.float32)))

    def forward(self, kinematics: torch.Tensor, pictures: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """(E, 2, B, K) logits of the bins, right and left.

        Args:
            kinematics: (E, 2, F) features; NaN where missing.
            pictures: (E, P, S, S) grey crops from 0 to 255, rest first.
            seen: (E, P) bool which of them there are.
        """
        both = torch.cat([self._measured(kinematics), self._appearance(pictures, seen)], dim=-1)
        return self.fusion(both).unflatten(-1, (len(LEARNED_BRANCHES), BINS))

    def _measured(self, kinematics: torch.Tensor) -> torch.Tensor:
        known = torch.isfinite(kinematics)
        away = (torch.nan_to_num(kinematics) - self.middle) / self.spread
        away = torch.where(known, away.clamp(-_MOST_SD_AWAY, _MOST_SD_AWAY), 0.0)
        return self.measured(torch.cat([away, known.to(away.dtype)], dim=-1))

    def _appearance(self, pictures: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """(E, 2, WIDTH): every movement that was pictured, own half beside other half, each beside its half at rest."""
        exams, moving = seen.shape[0], seen[:, 1:]
        pictures = pictures.to(self.slot.dtype)
        slots = pictures.new_zeros(exams, 2, len(PICTURED), SLOT)
        if moving.any():
            exam, movement = moving.nonzero(as_tuple=True)
            moved = self._halves(pictures[exam, movement + 1])
            rest = self._halves(pictures[:, 0]) * seen[:, 0, None, None, None]
            shown = torch.stack([rest[exam], moved], dim=2)
            found = self.look(shown.flatten(0, 1)).unflatten(0, (len(exam), 2))
            beside = torch.cat([found, found.flip(1)], dim=-1)
            slots[exam, :, movement] = torch.relu(torch.einsum("nsd,ndk->nsk", beside, self.slot[movement]))
        flags = seen.to(slots.dtype)[:, None].expand(-1, 2, -1)
        return self.appearance(torch.cat([slots.flatten(2), flags], dim=-1))

    def _halves(self, pictures: torch.Tensor) -> torch.Tensor:
        """(N, 2, S, S / 2) right and left half as right halves, each of mean 0 and SD 1 inside the outline, 0 outside."""
        halves = torch.stack([pictures[..., :_HALF], pictures.flip(-1)[..., :_HALF]], dim=1)
        count = self.inside.sum()
        away = (halves - (halves * self.inside).sum(dim=(-2, -1), keepdim=True) / count) * self.inside
        spread = (away.square().sum(dim=(-2, -1), keepdim=True) / count).sqrt()
        return away / spread.clamp(min=_LEAST_SD)
