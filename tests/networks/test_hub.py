"""The Hugging Face hub, played by folders on this machine: what goes up, and what comes down."""

import json
import shutil
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import torch

from condgan import Attributes, ConditionalDiscriminator, ConditionalGenerator, Quantities
from condgan.errors import ConfigError, FileFormatError, MissingExtraError, MissingFileError
from condgan.networks import hub

huggingface_hub = pytest.importorskip("huggingface_hub")


class Hub:
    """What of the hub is used, with a folder for each repository; `asked` is all that was wanted.

    The signatures are those of huggingface_hub, as a test below holds.
    """

    def __init__(self, root):
        self.root = root
        self.asked = []

    def HfApi(self, token=None):  # noqa: N802
        self.token = token
        return self

    def create_repo(self, repo_id, *, private=None, exist_ok=False):
        assert exist_ok
        self.asked.append(("create", repo_id, private))
        (self.root / repo_id).mkdir(parents=True, exist_ok=True)
        return f"https://example.org/{repo_id}"

    def list_repo_files(self, repo_id):
        return sorted(path.name for path in (self.root / repo_id).iterdir())

    def hf_hub_download(self, repo_id, filename):
        return str(self.root / repo_id / filename)

    def upload_folder(self, *, repo_id, folder_path, commit_message, delete_patterns):
        self.asked.append(("upload", repo_id, commit_message))
        there = self.root / repo_id
        for path in list(there.iterdir()):
            if any(fnmatch(path.name, pattern) for pattern in delete_patterns):
                path.unlink()
        shutil.copytree(folder_path, there, dirs_exist_ok=True)

    def snapshot_download(self, repo_id, *, revision=None, allow_patterns):
        self.asked.append(("download", repo_id, revision))
        there = self.root / repo_id
        if not there.is_dir():
            raise FileNotFoundError(f"404: no repository {repo_id}")
        here = self.root / "downloaded" / repo_id
        here.mkdir(parents=True, exist_ok=True)
        for path in there.iterdir():
            if any(fnmatch(path.name, pattern) for pattern in allow_patterns):
                shutil.copy(path, here)
        return str(here)


@pytest.fixture
def online(tmp_path, monkeypatch):
    played = Hub(tmp_path / "hub")
    for name in ("HfApi", "snapshot_download"):
        monkeypatch.setattr(huggingface_hub, name, getattr(played, name))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return played


def generator(classes=("cat", "dog"), **options):
    return ConditionalGenerator(classes, (1, 4, 6), width=8, latent_dim=3, **options)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_pushed_comes_back(online, fingerprint):
    G = generator()
    address = G.push_to_hub("me/pets", private=True, token="secret")
    assert address == "https://example.org/me/pets"
    assert online.token == "secret"
    assert names(online.root / "me" / "pets") == ["README.md", "config.json", "model.safetensors"]
    for place in ("me/pets", "hf://me/pets"):
        assert fingerprint(ConditionalGenerator.from_pretrained(place)) == fingerprint(G)
    ConditionalGenerator.from_pretrained("hf://me/pets@v1.0")
    assert online.asked == [
        ("create", "me/pets", True),
        ("upload", "me/pets", "Upload a generator of condgan"),
        ("download", "me/pets", None),
        ("download", "me/pets", None),
        ("download", "me/pets", "v1.0"),
    ]


def test_only_settings_and_tensors_are_downloaded(online):
    generator().push_to_hub("me/pets")
    (online.root / "me" / "pets" / "evil.py").write_text("raise SystemExit")
    (online.root / "me" / "pets" / "evil.safetensors").write_text("?")
    ConditionalGenerator.from_pretrained("me/pets")
    assert names(online.root / "downloaded" / "me" / "pets") == [
        "config.json",
        "model.safetensors",
    ]


def test_a_discriminator_goes_to_a_repository_of_its_own(online, fingerprint):
    D = ConditionalDiscriminator(2, (1, 4, 6), width=8)
    generator().push_to_hub("me/pets")
    before = (online.root / "me" / "pets" / "config.json").read_text()
    said = "me/pets holds a generator; save the discriminator to another repository, such as "
    with pytest.raises(ConfigError, match=f"{said}me/pets-discriminator"):
        D.push_to_hub("me/pets")
    assert (online.root / "me" / "pets" / "config.json").read_text() == before
    D.push_to_hub("me/pets-discriminator", message="First")
    again = ConditionalDiscriminator.from_pretrained("me/pets-discriminator")
    assert fingerprint(again) == fingerprint(D)
    assert online.asked[-2] == ("upload", "me/pets-discriminator", "First")


def test_a_repository_of_something_else_is_left_alone(online):
    there = online.root / "me" / "bert"
    there.mkdir(parents=True)
    (there / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ConfigError, match=r"me/bert holds a config.json of something else"):
        generator().push_to_hub("me/bert")
    assert names(there) == ["config.json"]


def test_weights_in_the_other_format_are_replaced_and_a_card_is_kept(online):
    there = online.root / "me" / "pets"
    generator().save_pretrained(there)
    (there / "README.md").write_text("My own words")
    generator(seed=1).push_to_hub("me/pets")
    assert names(there) == ["README.md", "config.json", "model.safetensors"]
    assert (there / "README.md").read_text() == "My own words"


def test_nothing_is_made_for_a_network_that_cannot_be_written_down(online):
    G = generator()
    G.settings["options"] = {"act": torch.nn.ReLU}
    with pytest.raises(ConfigError, match="cannot be written down"):
        G.push_to_hub("me/pets")
    assert online.asked == []


# Which places are on the hub


def test_a_folder_here_is_taken_before_a_repository(online, fingerprint):
    generator(seed=1).push_to_hub("me/pets")
    G = generator(seed=2)
    G.save_pretrained("me/pets")
    assert fingerprint(ConditionalGenerator.from_pretrained("me/pets")) == fingerprint(G)
    assert fingerprint(ConditionalGenerator.from_pretrained("hf://me/pets")) != fingerprint(G)


@pytest.mark.parametrize("place", ["runs/digitz", Path("me/pets"), "./me/pets", "pets", "a/b/c"])
def test_a_mistyped_folder_is_not_looked_for_online(online, place):
    Path("runs").mkdir()
    with pytest.raises(MissingFileError, match=r"config.json does not exist"):
        ConditionalGenerator.from_pretrained(place)
    assert online.asked == []


@pytest.mark.parametrize("place", ["hf://pets", "hf://a/b/c", "hf://../etc", "hf://", "hf:///a/b"])
def test_what_is_no_repository_is_refused(online, place):
    with pytest.raises(FileFormatError, match="names no repository; write hf://user/name"):
        ConditionalGenerator.from_pretrained(place)
    assert online.asked == []


@pytest.mark.parametrize("place", ["me/nothing", "hf://me/nothing"])
def test_a_repository_that_is_not_there_is_named_with_the_reason(online, place):
    with pytest.raises(MissingFileError, match=rf"{place} is no folder here.*404: no repository"):
        ConditionalGenerator.from_pretrained(place)


def test_without_the_extra(online, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingFileError, match=r"me/pets is no folder here.*condgan\[hub\]"):
        ConditionalGenerator.from_pretrained("me/pets")
    for use in (
        lambda: ConditionalGenerator.from_pretrained("hf://me/pets"),
        lambda: generator().push_to_hub("me/pets"),
    ):
        with pytest.raises(MissingExtraError, match=r"condgan\[hub\]"):
            use()


# The card


@pytest.mark.parametrize(
    ("classes", "asked"),
    [
        (["a ``` b", 'say "hi"\n# no'], "'a ``` b'"),
        (10, "0"),
        (Attributes(["hat", "smile"]), "[0.0, 0.0]"),
        (Quantities(["angle"]), "[0.0]"),
    ],
)
def test_a_card_says_what_is_drawn_and_its_snippet_runs(online, classes, asked):
    G = generator(classes, seed=0)
    G.push_to_hub("me/pets")
    text = (online.root / "me" / "pets" / "README.md").read_text(encoding="utf-8")
    assert text.startswith("---\nlibrary_name: condgan\n")
    assert "shape (1, 4, 6)" in text
    blocks = text.split("\n```")
    assert [block.partition("\n")[0] for block in blocks[1::2]] == ["json", "python"]
    assert json.loads(blocks[1].removeprefix("json")) == G.classes.config()
    space = {}
    exec(blocks[3].removeprefix("python"), space)
    assert f"generate({asked}, n=4)" in blocks[3]
    assert space["images"].shape == (4, 1, 4, 6)


def test_a_card_of_a_discriminator_has_a_snippet_that_runs(online):
    D = ConditionalDiscriminator(["cat", "dog"], (1, 4, 6), width=8)
    D.push_to_hub("me/judge")
    text = (online.root / "me" / "judge" / "README.md").read_text(encoding="utf-8")
    space = {"images": torch.zeros(2, 1, 4, 6), "labels": ["dog", "cat"]}
    exec(text.split("\n```")[3].removeprefix("python"), space)
    assert space["logits"].shape == (2,)


def test_the_hub_that_is_played_takes_what_the_real_one_takes():
    import inspect

    for name, real in (
        ("create_repo", huggingface_hub.HfApi.create_repo),
        ("list_repo_files", huggingface_hub.HfApi.list_repo_files),
        ("hf_hub_download", huggingface_hub.HfApi.hf_hub_download),
        ("upload_folder", huggingface_hub.HfApi.upload_folder),
        ("snapshot_download", huggingface_hub.snapshot_download),
    ):
        played = inspect.signature(getattr(Hub, name)).parameters.keys()
        assert played - {"self"} <= inspect.signature(real).parameters.keys()
    assert "token" in inspect.signature(huggingface_hub.HfApi).parameters
    assert hub.SCHEME == "hf://"
