"""Cutting regions out of many images at once, on the device where the images are.

The values are those of `geometry.cut`, which is OpenCV's: exact bilinear places, rounded to whole numbers. Rounding of
single precision moves few values, by 1 of 255.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chereme.landmarks.geometry import Region, region_to_image

if TYPE_CHECKING:
    import torch


def cuts(
    images: Sequence["torch.Tensor"], regions: Sequence[Region], side: int, *, black: bool = False
) -> "torch.Tensor":
    """What lies in a region each of as many images, (regions, side, side, rgb) in whole numbers 0..255, float32.

    Images are bytes (height, width, rgb), of any sizes, and may repeat. Beyond an image's edge it repeats the edge, or
    is black.
    """
    import torch

    device = images[0].device
    places: dict[int, int] = {}
    joined: list[torch.Tensor] = []
    for image in images:
        if id(image) not in places:
            places[id(image)] = sum(len(each) for each in joined)
            joined.append(image.reshape(-1, 3))
    pixels = torch.cat(joined)
    sizes = [(places[id(image)], image.shape[1], image.shape[0]) for image in images]
    # (3, regions, 1, 1): where each image begins among the pixels, its width and its height
    start, width, height = torch.tensor(sizes, device=device).T[:, :, None, None]
    maps = np.stack([region_to_image(region, side) for region in regions]).astype(np.float32)
    matrix = torch.from_numpy(maps).to(device)[..., None, None]
    along = torch.arange(side, dtype=torch.float32, device=device)
    x = matrix[:, 0, 0] * along + matrix[:, 0, 1] * along[:, None] + matrix[:, 0, 2]
    y = matrix[:, 1, 0] * along + matrix[:, 1, 1] * along[:, None] + matrix[:, 1, 2]
    left, top = x.floor(), y.floor()
    right_share, low_share = x - left, y - top
    columns, rows = left.long(), top.long()
    total = torch.zeros(len(regions), side, side, 3, device=device)
    for down in (0, 1):
        for across in (0, 1):
            column, row = columns + across, rows + down
            share = (right_share if across else 1 - right_share) * (low_share if down else 1 - low_share)
            if black:
                share = share * ((column >= 0) & (column < width) & (row >= 0) & (row < height))
            place = start + row.clamp(min=0).minimum(height - 1) * width + column.clamp(min=0).minimum(width - 1)
            total += pixels[place] * share[..., None]
    return total.round_()
