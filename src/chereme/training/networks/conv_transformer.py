"""The network of the recognizer `conv-transformer`."""

from torch import Tensor, nn

from chereme.skeleton import Skeleton
from chereme.training.networks.layers import Depth, MaskedNorm, mean_over_time
from chereme.training.networks.points import Points
from chereme.training.recognizers.conv_transformer import ConvTransformer

BLOCKS = 3
"""Convolution blocks of a stage."""
EXPANSION = 2
"""How many times the channels are more within a block."""
NEIGHBORS = 5
"""Channels that channel attention sees at once (ECA-Net's kernel for widths like ours)."""


class Convolution(nn.Module):
    """Expansion, causal depthwise convolution, channel attention, projection; added to what came."""

    def __init__(self, width: int, kernel: int, dropout: float) -> None:
        super().__init__()
        inner = EXPANSION * width
        self.expand = nn.Linear(width, inner)
        self.before = kernel - 1
        # Of two dimensions, the first of a single row: PyTorch has a quick kernel on CPUs for these alone (2.6 times).
        self.depthwise = nn.Conv2d(inner, inner, (1, kernel), groups=inner, bias=False)
        self.norm = MaskedNorm(inner)
        self.attend = nn.Conv1d(1, 1, NEIGHBORS, padding=NEIGHBORS // 2, bias=False)
        self.project = nn.Linear(inner, width)
        self.depth = Depth(dropout)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """(batch, frames, width)."""
        inner = nn.functional.silu(self.expand(values)) * mask.unsqueeze(-1).to(values.dtype)
        inner = nn.functional.pad(inner, (0, 0, self.before, 0)).transpose(1, 2).unsqueeze(2)
        inner = self.depthwise(inner).squeeze(2).transpose(1, 2)
        inner = self.norm(inner, mask)
        channels = self.attend(mean_over_time(inner, mask).unsqueeze(1)).sigmoid()
        added: Tensor = values + self.depth(self.project(inner * channels))
        return added


class Attention(nn.Module):
    """Self-attention between a clip's frames and a small network in each; both added to what came."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.three = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.inner = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, EXPANSION * width), nn.SiLU(), nn.Linear(EXPANSION * width, width)
        )
        self.depth = Depth(dropout)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """(batch, frames, width)."""
        batch, frames, width = values.shape
        three = self.three(self.norm(values)).view(batch, frames, 3, self.heads, width // self.heads)
        query, key, value = three.permute(2, 0, 3, 1, 4).unbind(0)
        found = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None])
        values = values + self.depth(self.out(found.transpose(1, 2).reshape(batch, frames, width)))
        added: Tensor = values + self.depth(self.inner(values))
        return added


class Network(nn.Module):
    """Points to logits."""

    def __init__(self, spec: ConvTransformer, skeleton: Skeleton, classes: int) -> None:
        super().__init__()
        self.points = Points(skeleton)
        self.stem = nn.Linear(self.points.features, spec.width, bias=False)
        self.norm = MaskedNorm(spec.width)
        blocks: list[nn.Module] = []
        for _ in range(spec.stages):
            blocks += [Convolution(spec.width, spec.kernel, spec.dropout) for _ in range(BLOCKS)]
            blocks.append(Attention(spec.width, spec.heads, spec.dropout))
        self.blocks = nn.ModuleList(blocks)
        self.top = nn.Linear(spec.width, 2 * spec.width)
        self.dropout = nn.Dropout(spec.late_dropout)
        self.last = nn.Linear(2 * spec.width, classes)

    def forward(self, points: Tensor, mask: Tensor) -> Tensor:
        """(batch, classes)."""
        values = self.norm(self.stem(self.points(points, mask)), mask)
        for block in self.blocks:
            values = block(values, mask)
        answer: Tensor = self.last(self.dropout(mean_over_time(nn.functional.silu(self.top(values)), mask)))
        return answer
