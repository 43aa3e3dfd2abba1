"""Work shared out to other processes, whose results come back in order."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from condgan.errors import ConfigError

AT_ONCE = 16
"""Items a message: fewer cost time, more cost memory."""

AHEAD = 2
"""Messages a worker that may wait for it, or for this process."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Generator[Result, None, None]:
    """The result for each item.

    Workers are spawned, as every platform can. They end with the iterator (close it where it may
    not be read to its end), on Ctrl-C, and when this process is killed.

    Args:
        work: can be pickled, as can items and results.
        items: N items.
        workers: how many processes; 0 works in this one.

    Raises:
        ConfigError: the workers died, as they do where a script starts them outside of
            `if __name__ == "__main__":`.

    Example:
        >>> list(in_order(abs, [-1, 2], workers=0))
        [1, 2]
    """
    if not workers:
        yield from map(work, items)
        return
    parts = [items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE)]
    pool = ProcessPoolExecutor(
        max(1, min(workers, len(parts))), multiprocessing.get_context("spawn"), _follow_the_parent
    )
    waiting: deque[Future[list[Result]]] = deque()
    try:
        left = iter(parts)
        for part in itertools.islice(left, AHEAD * workers):
            waiting.append(pool.submit(_each, work, part))
        while waiting:
            done = waiting.popleft().result()
            for part in itertools.islice(left, 1):
                waiting.append(pool.submit(_each, work, part))
            yield from done
    except BrokenProcessPool as error:
        raise ConfigError(
            f"the {workers} worker processes ended early. A script that starts workers must do so "
            'within `if __name__ == "__main__":`, since they import it, and must be a file; each '
            "worker takes some 500 MB of memory. workers=0 works in this process."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _each(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [work(item) for item in items]


def _follow_the_parent() -> None:
    """Leaves Ctrl-C to the parent, and ends when that does, however it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
