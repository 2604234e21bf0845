"""From pictures to points with a FAN: batches, mirrored pictures averaged, channels-last, and bfloat16 where it pays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from core.face.landmarks import IBUG68
from models.landmarks.heatmaps import decode, to_pixels
from models.landmarks.network import FAN
from models.landmarks.samples import BOX_ERROR, Augmentation, Samples


def prepared(network: FAN, device: torch.device) -> FAN:
    """A network ready to look at pictures on a device; the same object."""
    return network.to(device).to(memory_format=torch.channels_last).eval()


def predict(
    network: FAN,
    samples: Samples,
    device: torch.device,
    *,
    augmentation: Augmentation = BOX_ERROR,
    flip: bool = False,
    batch: int = 16,
    seed: int = 0,
    cancelled: Callable[[], None] = lambda: None,
) -> np.ndarray:
    """(n, 68, 2) points in pixels of the items' pictures, from crops that lie as wrongly as a tracker's box may."""
    random = np.random.default_rng([seed, 45])
    network.eval()
    found = []
    for first in range(0, len(samples), batch):
        cancelled()
        indices = range(first, min(first + batch, len(samples)))
        pictures, _, _, crops = samples.batch(indices, random, augmentation)
        places = points_of(network, torch.from_numpy(pictures).to(device), flip=flip)
        found += [crop.to_picture(points) for crop, points in zip(crops, places.astype(np.float64), strict=True)]
    return np.stack(found)


def points_of(network: FAN, pictures: torch.Tensor, *, flip: bool) -> np.ndarray:
    """(B, 68, 2) float32 points in pixels of the pictures (B, 3, H, W).

    Args:
        flip: also look at the mirrored pictures and average the heat maps, with the points of both sides exchanged.
    """
    with torch.inference_mode(), mixed_precision(pictures.device):
        count = len(pictures)
        both = torch.cat((pictures, pictures.flip(-1))) if flip else pictures
        maps = network(both.contiguous(memory_format=torch.channels_last))[-1].float()
        if flip:
            mirror = torch.from_numpy(IBUG68.mirror).to(maps.device)
            maps = (maps[:count] + maps[count:].flip(-1)[:, mirror]) / 2
        cells, _ = decode(maps)
    return to_pixels(cells).cpu().numpy()


def mixed_precision(device: torch.device, *, training: bool = False) -> torch.autocast:
    """bfloat16 on CUDA, and for training on CPUs that multiply matrices of it; on other CPUs, and for use on any, float32."""
    enabled = device.type == "cuda" or (training and bool(torch.cpu.get_capabilities().get("amx_bf16")))
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=enabled)
