"""Worker processes for blocks: in order, bounded, and gone when this process is gone, however it ended.

Each worker has a socket of its own and one block at a time. A worker whose socket closes ends by itself, so even a
``kill -9`` leaves none behind; they sit in process groups of their own, so Ctrl-C reaches only the process that can
stop in good order.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from despin.clean.block_work import BlockWork, WorkSettings
from despin.errors import DespinError
from despin.formats.base import Block

__all__ = ["Workers", "serve"]

_AHEAD = 4  # blocks for each worker that may be read before the one that is written next
_POLL = 0.2  # seconds between looks at whether to stop
_START = "import sys; sys.path[:] = {path!r}; from despin.clean.workers import serve; serve({socket})"


class Workers:
    """Processes that work on blocks.

    Args:
        settings: What they have to know.
        count: How many; with 1 the work is done in this process.
        stopping: Asked between blocks; true ends the work early.
    """

    def __init__(self, settings: WorkSettings, count: int, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._here = BlockWork(settings) if count == 1 else None
        self._processes: list[subprocess.Popen[bytes]] = []
        self._sockets: list[Connection] = []
        for _ in range(count if count > 1 else 0):
            self._start()
        packed = pickle.dumps(settings)
        for connection in self._sockets:
            connection.send_bytes(packed)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._sockets:
            connection.close()
        for process in self._processes:
            process.kill()  # it holds nothing that matters
            process.wait()

    def map(self, task: str, blocks: Iterator[Block]) -> Iterator[tuple[Block, Any]]:
        """Each block, without its data, and what the method `task` of `BlockWork` gave for it, in order.

        Ends early, after the blocks that were handed out, when asked to stop.

        Raises:
            DespinError: A worker died, or raised it.
        """
        if self._here is not None:
            work = getattr(self._here, task)
            for block in blocks:
                yield block, work(block)
                if self._stopping():
                    return
            return
        yield from self._map(task, blocks)

    def _map(self, task: str, blocks: Iterator[Block]) -> Iterator[tuple[Block, Any]]:
        idle = list(self._sockets)
        busy: dict[Connection, tuple[int, Block]] = {}
        done: dict[int, tuple[Block, Any]] = {}
        read = written = 0
        more = True
        while True:
            while more and idle and read - written < _AHEAD * len(self._sockets):
                block = None if self._stopping() else next(blocks, None)
                if block is None:
                    more = False
                    break
                connection = idle.pop()
                self._send(connection, (task, block), block)
                block.data, block.ends = b"", []
                busy[connection] = (read, block)
                read += 1
            while written in done:
                yield done.pop(written)
                written += 1
            if not busy and not done and (not more or self._stopping()):
                return
            for ready in wait(list(busy), _POLL):
                assert isinstance(ready, Connection)
                number, block = busy.pop(ready)
                done[number] = (block, self._receive(ready, block))
                idle.append(ready)

    def _send(self, connection: Connection, message: object, block: Block) -> None:
        try:
            connection.send(message)
        except OSError:
            raise self._death(connection, block) from None

    def _receive(self, connection: Connection, block: Block) -> Any:
        try:
            failed, value = connection.recv()
        except (EOFError, OSError):
            raise self._death(connection, block) from None
        if failed:
            raise value
        return value

    def _death(self, connection: Connection, block: Block) -> DespinError:
        process = self._processes[self._sockets.index(connection)]
        code = process.wait()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        hint = " (out of memory?)" if code == -signal.SIGKILL else ""
        return DespinError(
            f"a worker process {how}{hint} in {block.name}, records {block.start.record + 1} to {block.after.record}"
        )

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-c", _START.format(path=sys.path, socket=theirs.fileno())]
            process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, process_group=0, close_fds=True
            )
        self._processes.append(process)
        self._sockets.append(Connection(ours.detach()))


def serve(descriptor: int) -> None:
    """The life of a worker: settings first, then blocks, until the socket closes."""
    connection = Connection(descriptor)
    try:
        settings = pickle.loads(connection.recv_bytes())
        work = BlockWork(settings)
        while True:
            task, block = connection.recv()
            try:
                answer = (False, getattr(work, task)(block))
            except Exception as error:
                answer = (True, _portable(error))
            connection.send(answer)
    except (EOFError, OSError):
        os._exit(0)


def _portable(error: Exception) -> Exception:
    """The error if it survives the way to another process, or one that says the same."""
    try:
        if str(pickle.loads(pickle.dumps(error))) == str(error):
            return error
    except Exception:
        pass
    return DespinError(f"{type(error).__name__}: {error}")
