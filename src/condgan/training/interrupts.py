"""Ctrl-C and a request to terminate, kept until a step is done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""What a shell expects of a program that such a signal ended."""


class Interrupts:
    """The signal that came, if any; it is raised when the Trainer asks for it."""

    def __init__(self) -> None:
        self.pending: signal.Signals | None = None

    def raise_pending(self, cause: BaseException | None = None) -> None:
        """Ends training as the signal would have, had it not waited for the step.

        Args:
            cause: what the signal has led to meanwhile, such as the end of a loader's workers.

        Raises:
            KeyboardInterrupt: after Ctrl-C.
            SystemExit: after SIGTERM, with code 143.
        """
        if self.pending is not None:
            raise_for(self.pending, cause)


def raise_for(came: signal.Signals, cause: BaseException | None = None) -> NoReturn:
    if came == signal.SIGINT:
        raise KeyboardInterrupt from cause
    raise SystemExit(EXIT_CODES[came]) from cause


@contextmanager
def waiting_for_steps() -> Iterator[Interrupts]:
    """Inside the block the first Ctrl-C or SIGTERM waits; a second one is raised at once.

    One that is still waiting at the end of the block, unless an error ends it, is raised there.
    Signals that somebody else handles already, and threads that cannot handle any, are left alone.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return

    def handle(number: int, frame: FrameType | None) -> None:
        came = signal.Signals(number)
        if interrupts.pending is not None:
            raise_for(came)
        interrupts.pending = came

    usual: dict[signal.Signals, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
    }
    ours = {number for number, before in usual.items() if signal.getsignal(number) is before}
    try:
        for number in ours:
            signal.signal(number, handle)
        yield interrupts
    finally:
        for number in ours:
            signal.signal(number, usual[number])
    interrupts.raise_pending()
