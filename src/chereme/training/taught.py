"""Which clips a recognizer was trained on: by id, by who signs, by what they show; carried by a checkpoint."""

from dataclasses import dataclass, field

from chereme.training.form import Material, digest_of

DIGITS = 16
"""Of a digest in hexadecimal: two of a million different clips share one with a chance of 3 in 100 million."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """The train split that there was; of nothing where it is not known."""

    ids: tuple[str, ...] = field(default=(), repr=False)
    signers: tuple[str, ...] = ()
    """Those that are known, each once, sorted."""
    digests: tuple[str, ...] = field(default=(), repr=False)
    """Of what each clip shows, in the order of the ids: equal for the very same signing under another id."""

    @classmethod
    def by(cls, clips: Material) -> "Taught":
        """What is told of clips that are trained on."""
        return cls(
            ids=clips.ids,
            signers=tuple(sorted(set(filter(None, clips.signers)))),
            digests=tuple(clips.digest(place).hex()[:DIGITS] for place in range(len(clips))),
        )

    def places(self, clips: Material) -> list[int]:
        """Which of some clips were trained on, whatever they are called and in whichever split they are now.

        They are known by what they show; by id where they show something slightly different (tracked by other settings)
        and are still of the train split.
        """
        ids, digests = set(self.ids), set(self.digests)
        return [
            place
            for place, (id, split) in enumerate(zip(clips.ids, clips.splits, strict=True))
            if (split == "train" and id in ids) or (digest_of(clips, place) or b"").hex()[:DIGITS] in digests
        ]
