"""Our network: convolution, batch normalisation, ReLU and pooling over a face and its mirror image, and a head that joins pictures.

Synkinesis is one-sided and shows in movement only. So the network looks at every place of an aligned face twice, in the picture and
in its mirror image, and goes on with the sum and the size of the difference of both: what is the same on both sides is told apart
from what is not, and a mirrored face gives the same answer by construction. The head of the examination looks, place by place, at
what a movement changed against the same person's rest, which takes away who it is.

In training two more heads say which region moves unwanted in each movement, and how much of each branch is lost: what is known of
simulated faces beyond one label teaches where to look. Their answers are not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from core.exam.protocol import Expression
from core.grading.synkinesis import Region
from core.words import BRANCHES

CHANNELS_OF_STEM = (16, 32, 48)
CHANNELS_OF_TAIL = (64, 96)
WIDTH = 64
SIZE_PX = 160
GRID = 5
SIZE_STEP_PX = 2 ** (len(CHANNELS_OF_STEM) + len(CHANNELS_OF_TAIL))
EXPRESSIONS: tuple[Expression, ...] = tuple(Expression)
REGIONS: tuple[Region, ...] = tuple(Region)
UNKNOWN = len(EXPRESSIONS)
"""Number of the expression of a picture of which nobody knows."""
_REST = EXPRESSIONS.index(Expression.REST)
_LEAST_SD = 1e-2


def expression_numbers(expressions: Sequence[Expression | None]) -> torch.Tensor:
    """(P,) int64 numbers of expressions as the networks know them."""
    return torch.tensor([UNKNOWN if e is None else EXPRESSIONS.index(e) for e in expressions], dtype=torch.int64)


def block(channels: int, filters: int, *, kernel: int = 3, stride: int = 1, pooled: bool = True) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU and, if ``pooled``, 2 x 2 maxima."""
    layers: list[nn.Module] = [
        nn.Conv2d(channels, filters, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(filters),
        nn.ReLU(),
    ]
    return nn.Sequential(*layers, *([nn.MaxPool2d(2)] if pooled else []))


def evened(pictures: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
    """Pictures (N, 3, S, S) with mean 0 and SD 1 in every channel of each, where ``inside`` (1, 1, S, S) is 1, and 0 elsewhere.

    Exposure and the colour of the light fall away.
    """
    count = inside.sum()
    middle = (pictures * inside).sum(dim=(2, 3), keepdim=True) / count
    away = (pictures - middle) * inside
    spread = (away.square().sum(dim=(2, 3), keepdim=True) / count).sqrt()
    return away / spread.clamp_min(_LEAST_SD)


class ScreeningNetwork(nn.Module):
    """The network that ships as ``synkinesis_cnn``.

    Pictures are (N, 3, S, S) float32 from 0 to 1, S a multiple of 32 (160 in use).
    """

    def __init__(self, size_px: int = SIZE_PX) -> None:
        super().__init__()
        self.inside: torch.Tensor
        self.register_buffer("inside", torch.ones(1, 1, size_px, size_px))
        first, *others = CHANNELS_OF_STEM
        stem = [block(3, first, kernel=5, stride=2, pooled=False)]
        for before, filters in zip(CHANNELS_OF_STEM, others, strict=False):
            stem.append(block(before, filters))
        self.stem = nn.Sequential(*stem)
        self.still, self.change = _tail(), _tail()
        self.picture = nn.Sequential(nn.ReLU(), nn.Dropout(0.2), nn.Linear(WIDTH, 1))
        self.movement = nn.Linear(2 * WIDTH, WIDTH)
        self.expression = nn.Embedding(UNKNOWN + 1, WIDTH)
        self.exam = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * WIDTH, 1))
        self.links = nn.Linear(WIDTH, len(REGIONS))
        self.weakness = nn.Linear(2 * WIDTH, len(BRANCHES))
        nn.init.normal_(self.expression.weight, std=0.1)

    def look_where(self, inside: np.ndarray) -> None:
        """Leave out of account what is not ``inside`` (S, S) bool: pixels that are painted over in every picture."""
        self.inside.copy_(torch.from_numpy(inside.astype(np.float32))[None, None])

    def embed(self, pictures: torch.Tensor) -> torch.Tensor:
        """(N, 2, C, S / 8, S / 8) what is seen where, in each picture and in its mirror image."""
        seen = self.stem(evened(torch.cat([pictures, pictures.flip(3)]), self.inside))
        return torch.stack(seen.chunk(2), dim=1)

    def picture_logits(self, embedded: torch.Tensor) -> torch.Tensor:
        """(N,) logits of single pictures of whatever expression."""
        return self.picture(self.still(_both(embedded)))[:, 0]

    def exam_logits(
        self, embedded: torch.Tensor, expressions: torch.Tensor, exam_of: torch.Tensor, exams: int
    ) -> torch.Tensor:
        """(exams,) logits of examinations; NaN for one without a movement.

        Args:
            embedded: (P, ...) pictures, of ``embed``.
            expressions: (P,) their numbers (``expression_numbers``).
            exam_of: (P,) to which examination each belongs, from 0.
            exams: how many there are.
        """
        return self.opinion(embedded, expressions, exam_of, exams).exam

    def opinion(self, embedded: torch.Tensor, expressions: torch.Tensor, exam_of: torch.Tensor, exams: int) -> Opinion:
        """All that is said of examinations; arguments as of ``exam_logits``."""
        rest = expressions == _REST
        resting = means(embedded[rest].flatten(1), exam_of[rest], exams).view(exams, *embedded.shape[1:])
        moving, whose, performed = embedded[~rest], exam_of[~rest], expressions[~rest]
        # Where there is no picture at rest, nothing is said of the change.
        changed = torch.nan_to_num(moving - resting[whose])
        parts = [self.still(_both(moving)), self.change(_both(changed))]
        told = torch.relu(self.movement(torch.cat(parts, dim=1)) + self.expression(performed))
        rows = whose[:, None].expand_as(told)
        greatest = told.new_zeros(exams, told.shape[1]).scatter_reduce(0, rows, told, "amax")
        joined = torch.cat([means(told, whose, exams), greatest], dim=1)
        return Opinion(self.exam(joined)[:, 0], self.links(told), ~rest, self.weakness(joined))


@dataclass(frozen=True)
class Opinion:
    """What is said of E examinations with P pictures, M of them of movements.

    Attributes:
        exam: (E,) logits of synkinesis; NaN without a movement.
        links: (M, R) logits of the strength with which each of ``REGIONS`` moves unwanted.
        moving: (P,) bool: the pictures of movements.
        weakness: (E, B) logits of the part lost of each of ``BRANCHES``.
    """

    exam: torch.Tensor
    links: torch.Tensor
    moving: torch.Tensor
    weakness: torch.Tensor


def _tail() -> nn.Sequential:
    wide, narrow = CHANNELS_OF_TAIL
    return nn.Sequential(
        block(2 * CHANNELS_OF_STEM[-1], wide),
        block(wide, narrow),
        nn.AdaptiveAvgPool2d(GRID),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(narrow * GRID * GRID, WIDTH),
        nn.BatchNorm1d(WIDTH),
    )


def _both(seen: torch.Tensor) -> torch.Tensor:
    """(N, 2 C, H, W) sum and size of the difference of what is seen in pictures and in their mirror images (N, 2, C, H, W)."""
    here, mirrored = seen[:, 0], seen[:, 1]
    return torch.cat([here + mirrored, (here - mirrored).abs()], dim=1)


def means(values: torch.Tensor, whose: torch.Tensor, groups: int) -> torch.Tensor:
    """(groups, D) mean of the rows (N, D) of every group; NaN for an empty one."""
    total = values.new_zeros(groups, values.shape[1]).index_add(0, whose, values)
    return total / torch.bincount(whose, minlength=groups).to(values.dtype)[:, None]
