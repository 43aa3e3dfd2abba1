"""`Adversarial`, with the memory of its terms in every checkpoint."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import condgan
from condgan_lecam.term import LeCam


@dataclass(frozen=True)
class LeCamAdversarial(condgan.Adversarial):
    """`condgan.Adversarial`, whose `LeCam` terms go on where they were when a run is resumed.

    A checkpoint holds what an algorithm gives as its `state_dict`.
    """

    def state_dict(self) -> dict[str, Any]:
        return {"terms": [term.state_dict() for term in self._remembering()]}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        for term, state in zip(self._remembering(), saved["terms"], strict=True):
            term.load_state_dict(state)

    def _remembering(self) -> list[LeCam]:
        inner = (getattr(term, "term", term) for term in self.discriminator_terms)  # of an Every
        return [term for term in inner if isinstance(term, LeCam)]


def lecam() -> condgan.Preset:
    """The preset `quick` with the term beside its loss."""
    quick = condgan.preset("quick")
    settings = {
        field.name: getattr(quick.algorithm, field.name)
        for field in dataclasses.fields(condgan.Adversarial)
    }
    algorithm = LeCamAdversarial(**settings | {"discriminator_terms": (LeCam(),)})
    return dataclasses.replace(quick, algorithm=algorithm)
