"""How long a page takes to draw an image in headless Chromium, and how near it is to the library.

    python benchmarks/page_speed.py

Networks of the default width, untrained, with running statistics as after a training (what they
draw does not matter here), each drawn one image at a time on one core. Goal: under 50 ms an image
of 28x28 for `dcgan`, and every pixel within 1/255. Needs Chromium.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import chromium
import torch

import condgan
from condgan.networks import sampling
from condgan.page import write_page

NETWORKS = [
    ("mlp", (1, 8, 8)),
    ("mlp", (1, 28, 28)),
    ("dcgan", (1, 28, 28)),
    ("dcgan", (3, 64, 64)),
    ("resnet", (1, 28, 28)),
    ("resnet", (3, 64, 64)),
]

# The median of some draws after as many that let the browser compile.
TIMED = """(() => {
  const z = %s;
  const times = z.map((row, i) => {
    const began = performance.now();
    window.condgan.draw(i %% 10, row);
    return performance.now() - began;
  });
  const settled = times.slice(times.length / 2).sort((a, b) => a - b);
  return settled[Math.floor(settled.length / 2)];
})()"""

DRAWN = "%s.map((z, i) => Array.from(window.condgan.draw(i %% 10, z)))"


def trained_alike(G):
    """Running statistics that are not those of a new network."""
    for module in G.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return G


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=60, help="images drawn for the time")
    chosen = parser.parse_args()
    if chromium.find() is None:
        sys.exit("Chromium is not installed")
    torch.manual_seed(0)
    print("| network | image | parameters | file | ms an image | largest difference |")
    print("| --- | --- | --- | --- | --- | --- |")
    with chromium.Chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for name, shape in NETWORKS:
            G = condgan.ConditionalGenerator(10, shape, architecture=name, seed=0)
            path = write_page(trained_alike(G), Path(folder) / "page.html")
            browser.open(path)
            z = sampling.noise(chosen.draws, G.latent_dim, seed=1)
            milliseconds = browser.evaluate(TIMED % json.dumps(z.tolist()))
            found = torch.tensor(browser.evaluate(DRAWN % json.dumps(z[:10].tolist())))
            expected = G.generate(list(range(10)), z=z[:10]).flatten(1)
            parameters = sum(p.numel() for p in G.parameters())
            difference = float((found - expected).abs().max())
            print(
                f"| {name} | {'x'.join(map(str, shape))} | {parameters:,} | "
                f"{path.stat().st_size / 1e6:.2f} MB | {milliseconds:.1f} | {difference:.1e} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
