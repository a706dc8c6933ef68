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

BITS, FINE = 15, 5
"""Fractional bits of exact places while they are added up, and those that are kept."""


def cuts(
    images: Sequence["torch.Tensor"],
    regions: Sequence[Region],
    side: int,
    *,
    black: bool = False,
    exact: bool = False,
) -> "torch.Tensor":
    """What lies in a region each of as many images, (regions, side, side, rgb) in whole numbers 0..255, float32.

    Images are bytes (height, width, rgb), of any sizes, and may repeat. Beyond an image's edge it repeats the edge, or
    is black. `exact` takes places in 32nds of a pixel, as MediaPipe does; then the values are `geometry.cut`'s to the
    bit.
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
    x, y = _places(regions, side, exact, device)
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
    return (total + 0.5).floor_() if exact else total.round_()


def _places(regions: Sequence[Region], side: int, exact: bool, device: "torch.device") -> "torch.Tensor":
    """Where in its image each pixel of each cut lies: (xy, regions, side, side), float32."""
    import torch

    maps = np.stack([region_to_image(region, side) for region in regions], axis=1)
    columns = maps[..., 0, None] * np.arange(side)
    rows = maps[..., 1, None] * np.arange(side) + maps[..., 2, None]
    if exact:
        columns, rows = (np.rint(each * 2**BITS).astype(np.int32) for each in (columns, rows))
        rows += 1 << BITS - FINE - 1
    else:
        columns, rows = columns.astype(np.float32), rows.astype(np.float32)
    places = torch.from_numpy(columns).to(device)[:, :, None, :] + torch.from_numpy(rows).to(device)[..., None]
    return (places >> BITS - FINE) / 2**FINE if exact else places
