"""Networks on the Hugging Face hub: nothing but settings and tensors goes up, or comes down."""

from __future__ import annotations

import json
import re
import tempfile
from os import PathLike
from pathlib import Path
from typing import Any

from condgan.classes import Classes
from condgan.errors import FileFormatError, MissingExtraError, MissingFileError
from condgan.networks import pretrained
from condgan.networks.weights import FILES

SCHEME = "hf://"
REPOSITORY = re.compile(r"([\w-][\w.-]*/[\w-][\w.-]*)(?:@([\w./-]+))?", re.ASCII)
"""`user/name`, and perhaps a branch, a tag or a commit after an `@`."""

CARD = "README.md"


def located(place: str | PathLike[str]) -> Path:
    """The folder on this machine that a network is in, downloaded if it is on the hub.

    Only text that says `hf://`, or that looks like `user/name` where there is no folder `user`, is
    taken for a repository: a mistyped folder of yours is no stranger's network.

    Raises:
        FileFormatError: text after `hf://` that names no repository.
        MissingFileError: the repository, or its configuration, cannot be had.
        MissingExtraError: huggingface_hub is not installed.
    """
    text = place if isinstance(place, str) else ""
    named = REPOSITORY.fullmatch(text.removeprefix(SCHEME))
    if text.startswith(SCHEME):
        if named is None:
            raise FileFormatError(f"{text} names no repository; write {SCHEME}user/name.")
    elif named is None or Path(text).exists() or Path(text).parent.exists():
        return Path(place)
    try:
        hub = _hub()
    except MissingExtraError as error:
        if text.startswith(SCHEME):
            raise
        raise MissingFileError(
            f"{text} is no folder here. If it is meant to be online: {error}"
        ) from None
    repository, revision = named.groups()
    try:
        folder = hub.snapshot_download(
            repository,
            revision=revision,
            allow_patterns=[pretrained.CONFIG, *FILES.values()],
        )
    except Exception as error:
        raise MissingFileError(
            f"{text} is no folder here, and no repository that the Hugging Face hub lets you have: "
            f"{error}"
        ) from error
    return Path(folder)


def push(
    network: Any, repository: str, *, private: bool | None, token: str | None, message: str | None
) -> str:
    """Uploads a network, and a model card where there is none; gives the repository's address."""
    api = _hub().HfApi(token=token)
    with tempfile.TemporaryDirectory() as folder:
        # Before anything is made there, since the settings may refuse to be written.
        network.save_pretrained(folder, format="safetensors")
        address = str(api.create_repo(repository, private=private, exist_ok=True))
        there = api.list_repo_files(repository)
        if pretrained.CONFIG in there:
            found = Path(api.hf_hub_download(repository, pretrained.CONFIG))
            pretrained.refuse_other_role(
                pretrained.role_at(found),
                network.role,
                repository,
                f"repository, such as {repository}-{network.role}",
            )
        if CARD not in there:
            (Path(folder) / CARD).write_text(card(network, repository), encoding="utf-8")
        api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            commit_message=message or f"Upload a {network.role} of condgan",
            # The same network in the other format would be an older one now.
            delete_patterns=[FILES["pt"]],
        )
    return address


def card(network: Any, repository: str) -> str:
    """A model card: what the network draws or judges, and how to use it."""
    name, shape = type(network).__name__, tuple(network.image_shape)
    if network.role == "generator":
        verb, use = "draws", f"images = network.generate({_example(network.classes)}, n=4)"
    else:
        verb, use = "judges", "logits = network(images, network.classes.canonical(labels))"
    condition = json.dumps(network.classes.config(), indent=2, ensure_ascii=False)
    return f"""---
library_name: condgan
tags:
- condgan
- gan
---

# {repository.rpartition("/")[2]}

A conditional {network.role}, made with condgan. It {verb} images of shape {shape} (channels,
height, width) with values in [-1, 1], given:

```json
{condition}
```

```python
import condgan

network = condgan.{name}.from_pretrained("{SCHEME}{repository}")
{use}
```

It needs `pip install "condgan[hub]"`. Loading runs no code of this repository.
"""


def _example(condition: Any) -> str:
    """A label to ask for, as Python is written."""
    return repr(condition.labels[0] if isinstance(condition, Classes) else [0.0] * condition.size)


def _hub() -> Any:
    try:
        import huggingface_hub
    except ImportError:
        raise MissingExtraError("the Hugging Face hub", "huggingface_hub", "hub") from None
    return huggingface_hub
