# SPDX-License-Identifier: BSD-2-Clause
"""A proxy that makes a server seem far away: what is sent arrives half a
round trip later, in both directions, as much of it at once as there is."""

import asyncio
import multiprocessing


async def pump(reader, writer, delay):
    """Bytes leave as long after they came as the way takes."""
    loop = asyncio.get_running_loop()
    under_way = asyncio.Queue(1 << 14)

    async def arrive():
        while (item := await under_way.get()) is not None:
            when, data = item
            await asyncio.sleep(max(0, when - loop.time()))
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    task = asyncio.ensure_future(arrive())
    try:
        while data := await reader.read(1 << 18):
            await under_way.put((loop.time() + delay, data))
        await under_way.put(None)
        await task
    except (OSError, asyncio.CancelledError):   # the other end has left
        task.cancel()
        writer.close()


async def serve(port, round_trip, ready):
    async def link(near_reader, near_writer):
        far_reader, far_writer = await asyncio.open_connection(
            '127.0.0.1', port, limit=1 << 20)
        await asyncio.gather(pump(near_reader, far_writer, round_trip / 2),
                             pump(far_reader, near_writer, round_trip / 2))
        for writer in near_writer, far_writer:
            writer.close()
    server = await asyncio.start_server(link, '127.0.0.1', 0, limit=1 << 20)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def run(*args):
    asyncio.run(serve(*args))


class Far:
    """with Far(port, 0.1) as f: the same server at f.port, 100 ms away."""

    def __init__(self, port, round_trip):
        ours, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=run, args=(port, round_trip, theirs), daemon=True)
        self.process.start()
        self.port = ours.recv()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()
