"""The published layout, as a baseline in the same table (reference F4).

Regensburg 2025, public code GregoireLamb/synkinesis_classifier: four times 3 x 3 convolution, ReLU, 2 x 2 maxima and batch
normalisation with 8, 16, 32 and 64 filters, fully connected 100, one logit; the centre square of the WHOLE picture at 256 x 256
pixels, no alignment, no background removed, no augmentation; binary cross entropy, Adam 1e-3, batches of 20. One thing differs:
that code makes new batch normalisation layers at every call, so they are never trained and a picture's answer depends on the
others of its batch. Here they are registered, learn, and use their running statistics once trained. It judges pictures; an
examination's logit is the mean of its pictures'.
"""

from __future__ import annotations

import torch
from torch import nn

from models.screening.network import means

FILTERS = (8, 16, 32, 64)
HIDDEN = 100
SIZE_PX = 256
LEARNING_RATE = 1e-3
BATCH = 20


class PublishedNetwork(nn.Module):
    """The baseline that ships as ``synkinesis_published``. Pictures are (N, 3, 256, 256) float32 from 0 to 1."""

    def __init__(self, size_px: int = SIZE_PX) -> None:
        super().__init__()
        kept = size_px // 2 ** len(FILTERS)
        layers: list[nn.Module] = []
        for before, filters in zip((3, *FILTERS), FILTERS, strict=False):
            layers += [nn.Conv2d(before, filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.BatchNorm2d(filters)]
        self.features = nn.Sequential(*layers)
        self.hidden = nn.Linear(FILTERS[-1] * kept * kept, HIDDEN)
        self.last = nn.Linear(HIDDEN, 1)

    def embed(self, pictures: torch.Tensor) -> torch.Tensor:
        """(N, 100) what is seen in each picture."""
        return torch.relu(self.hidden(self.features(pictures).flatten(1)))

    def picture_logits(self, embedded: torch.Tensor) -> torch.Tensor:
        """(N,) logits of single pictures."""
        return self.last(embedded)[:, 0]

    def exam_logits(
        self, embedded: torch.Tensor, expressions: torch.Tensor, exam_of: torch.Tensor, exams: int
    ) -> torch.Tensor:
        """(exams,) mean logits of the pictures of every examination; NaN for one without pictures."""
        del expressions  # the published network is not told
        return means(self.picture_logits(embedded)[:, None], exam_of, exams)[:, 0]
