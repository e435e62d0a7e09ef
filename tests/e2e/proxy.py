"""What may stand between machines: forwards UDP and TCP as a NAT does, and drops and delays datagrams on the way.

DELAY_MS: a datagram is delayed by a random time of at most so much; =DELAY_MS: each by just as much, and none overtakes another.
LONGEST: longer datagrams never pass, 0: all may; SIGUSR1 lets them pass, or no more.

usage: proxy.py SEED DROP_PERCENT [=]DELAY_MS LONGEST udp|tcp LISTEN_ADDR LISTEN_PORT TO_ADDR TO_PORT [udp|tcp ...]
"""
import asyncio
import random
import signal
import socket
import sys

forwarded = {"udp": 0, "bytes": 0, "tcp": 0, "dropped": 0}
narrow = {"on": True, "longest": 0}


def roomy(transport):
    """What it drops is what it is told to drop."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)


class Back(asyncio.DatagramProtocol):
    """The side towards the machine behind: one socket for each who sends from the front, so that answers find back."""

    def __init__(self, front, peer):
        self.front, self.peer = front, peer

    def connection_made(self, transport):
        roomy(transport)

    def datagram_received(self, data, address):
        self.front.passed(data, lambda: self.front.transport.sendto(data, self.peer))


class Front(asyncio.DatagramProtocol):
    def __init__(self, chance, drop, delay, steady, to):
        self.chance, self.drop, self.delay, self.steady, self.to = chance, drop, delay, steady, to
        self.backs = {}

    def connection_made(self, transport):
        self.transport = transport
        roomy(transport)

    def passed(self, data, send):
        forwarded["bytes"] += len(data)  # of those that are dropped, too: they were sent
        if self.chance.random() < self.drop or (narrow["on"] and 0 < narrow["longest"] < len(data)):
            forwarded["dropped"] += 1
            return
        forwarded["udp"] += 1
        asyncio.get_running_loop().call_later(self.delay * (1 if self.steady else self.chance.random()), send)

    def datagram_received(self, data, address):
        if address not in self.backs:
            self.backs[address] = asyncio.ensure_future(
                asyncio.get_running_loop().create_datagram_endpoint(lambda: Back(self, address), remote_addr=self.to))
        back = self.backs[address]
        back.add_done_callback(lambda made: self.passed(data, lambda: made.result()[0].sendto(data)))


async def pump(reader, writer):
    while data := await reader.read(65536):
        forwarded["tcp"] += 1
        writer.write(data)
        await writer.drain()
    writer.close()


def tcp_to(to):
    async def accepted(reader, writer):
        try:
            there, back = await asyncio.open_connection(*to)
            await asyncio.gather(pump(reader, back), pump(there, writer))
        except OSError:
            writer.close()
    return accepted


async def main(words):
    chance, drop, delay = random.Random(int(words[0])), float(words[1]) / 100, float(words[2].lstrip("=")) / 1000
    steady = words[2].startswith("=")
    narrow["longest"] = int(words[3])
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: narrow.update(on=not narrow["on"]))
    for kind, own, port, to, to_port in zip(*[iter(words[4:])] * 5):
        if kind == "udp":
            await asyncio.get_running_loop().create_datagram_endpoint(lambda to=(to, int(to_port)): Front(chance, drop, delay, steady, to),
                                                                      local_addr=(own, int(port)))
        else:
            await asyncio.start_server(tcp_to((to, int(to_port))), own, int(port), family=socket.AF_INET6 if ":" in own else socket.AF_INET)
    while True:
        await asyncio.sleep(0.5)
        print(*[f"{name} {count}" for name, count in forwarded.items()], flush=True)


asyncio.run(main(sys.argv[1:]))
