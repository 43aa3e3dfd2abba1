"""Figures by name are those of the probe that callbacks look with."""

from condgan import LabelledImages
from condgan.metrics.probe import Probe
from condgan.plugins.registry import lookup
from condgan.testing.runs import tiny_images


def test_they_are_the_probes_class_by_class():
    data: LabelledImages = tiny_images(6)

    def first(labels):
        return data.of(labels[0])[[i % 3 for i in range(len(labels))]]

    probed = Probe(data, 4)(first)
    for name in ("accuracy", "frechet"):
        found = lookup("metric", name)(first, data, n=4)
        assert found == {label: getattr(figures, name) for label, figures in probed.items()}
