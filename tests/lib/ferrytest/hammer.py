"""Sessions that do what dice say to the files of one account, and what is looked for meanwhile.

The dice hang on the seed alone, which `HAMMER_SEED` gives; `HAMMER_ROUNDS` is how much of it there is."""
import contextlib
import json
import os
import signal
import threading
import time
import unittest

from ferrytest.client import Client
from ferrytest.server import DEADLINE, PASSWORD, Server, wait_until

OPERATIONS = 40         # of each session in a round
LIMIT_BYTES = 600_000
LIMIT_FILES = 40
NAMES = [f"f{i}" for i in range(24)] + [f"d{i}/g{j}" for i in range(3) for j in range(8)]


def seed():
    return int(os.environ.get("HAMMER_SEED", "1"))


def rounds(usual):
    return int(os.environ.get("HAMMER_ROUNDS", str(usual)))


def scan(home):
    """Inodes and sizes of the plain files."""
    found = {}
    for path, _, names in os.walk(home):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                st = os.lstat(os.path.join(path, name))
                found[st.st_ino] = st.st_size
    return found


class Watcher(threading.Thread):
    """Looks for a moment at which the files are more than they may be.

    A look takes time, and files move meanwhile.  But what is the same in two looks was there between them."""

    def __init__(self, home):
        super().__init__(daemon=True)
        self.home, self.worst, self.most, self.end = home, 0, 0, False

    def run(self):
        before = scan(self.home)
        while not self.end:
            now = scan(self.home)
            same = [size for inode, size in now.items() if before.get(inode) == size]
            self.worst, self.most = max(self.worst, sum(same)), max(self.most, len(same))
            before = now


class Worker(threading.Thread):
    """A session that does what its dice say, and comes again when it is killed."""

    def __init__(self, hammer, number, dice):
        super().__init__(daemon=True)
        self.hammer, self.number, self.dice = hammer, number, dice
        self.client, self.failure, self.codes, self.done = None, None, set(), 0
        self.tries, self.refused = 0, {}        # to log in; and the replies by which that was refused

    def run(self):
        try:
            for _ in range(OPERATIONS):
                self.operate()
                self.done += 1
            if self.client is not None:
                self.attempt(lambda: self.cmd("QUIT"))
            if self.client is not None:
                self.client.sock.close()
        except BaseException as failure:     # the test shows it
            self.failure = failure

    def attempt(self, action):
        try:
            action()
            return
        except (OSError, EOFError):
            pass
        if self.client is not None:
            self.client.sock.close()
            self.client = None

    def operate(self):
        if self.client is None:
            wait_until(self.connect, "a new session")
        weights = {self.store: 30, self.append: 10, self.resume: 10, self.delete: 14, self.rename: 10, self.copy: 6,
                   self.combine: 3, self.unique: 4, self.text: 6, self.abort: 5, self.vanish: 3, self.quota: 3,
                   self.allocate: 2, self.remove: 1}
        kind = self.dice.choices(list(weights), weights.values())[0]
        self.attempt(kind)

    def connect(self):
        client = None
        try:
            client = Client(self.hammer.server, login=None)
            for line in "USER alice", f"PASS {PASSWORD}", "TYPE I":
                reply = client.cmd(line)
                if reply.code not in (331, 230, 200):
                    self.refused[reply.code, reply.text] = line
                    raise ConnectionError(line)
        except (OSError, IndexError):       # the server may be dead, or just being started
            if client is not None:
                client.sock.close()
            self.tries += 1
            time.sleep(0.01)
            return False
        self.client = client
        return True

    def cmd(self, line):
        reply = self.client.cmd(line)
        self.codes.add(reply.code)
        if reply.code == 421:
            raise ConnectionError("421")
        return reply.code

    def name(self):
        return self.dice.choice(NAMES)

    def size(self):
        return self.dice.choice((0, 1, 100, 5000, 30_000, 90_000, 200_000))

    def data(self):
        try:
            return self.client.connect()
        except AssertionError as refused:       # 421 in place of 229
            raise ConnectionError from refused

    def upload(self, line, content=None, cut=None, abort=False):
        if content is None:
            content = bytes(self.size())
        with self.data() as data:
            if self.cmd(line) != 150:
                return
            with contextlib.suppress(OSError):      # it may be full before all is sent
                data.sendall(content[:cut])
            if abort:
                self.client.send("ABOR\r\n")
        self.codes.add(self.client.reply().code)
        if abort:
            self.codes.add(self.client.reply().code)

    def store(self):
        self.upload(f"STOR {self.name()}")

    def append(self):
        self.upload(f"APPE {self.name()}")

    def resume(self):
        name = self.name()
        if self.cmd(f"REST {self.dice.randrange(0, 40_000)}") == 350:
            self.upload(f"STOR {name}")

    def unique(self):
        self.upload("STOU u")

    def text(self):
        self.cmd("TYPE A")
        self.upload(f"STOR {self.name()}", b"one line\r\n" * self.dice.randrange(3000))
        self.cmd("TYPE I")

    def abort(self):
        self.upload(f"STOR {self.name()}", cut=self.dice.randrange(20_000), abort=True)

    def vanish(self):
        with self.data() as data:
            if self.cmd(f"STOR {self.name()}") == 150:
                data.sendall(bytes(self.dice.randrange(50_000)))
        self.client.sock.close()
        self.client = None

    def delete(self):
        self.cmd(f"DELE {self.name()}")

    def rename(self):
        if self.cmd(f"RNFR {self.name()}") == 350:
            self.cmd(f"RNTO {self.name()}")

    def copy(self):
        if self.cmd(f"SITE CPFR {self.name()}") == 350:
            self.cmd(f"SITE CPTO {self.name()}")

    def combine(self):
        self.cmd(f"COMB {self.name()} {self.name()} {self.name()}")

    def quota(self):
        self.cmd("SITE QUOTA")

    def allocate(self):
        self.cmd(f"ALLO {self.size()}")

    def remove(self):
        name = f"d{self.dice.randrange(3)}"
        self.cmd(f"SITE RMDIR {name}")
        self.cmd(f"MKD {name}")


class Case(unittest.TestCase):
    """A server with an account that has a quota, and what can die of it."""

    def setUp(self):
        print(f"# HAMMER_SEED={seed()}", flush=True)
        self.server = Server({"site-rmdir": "yes", "stall-timeout": "20s"}, accounts=("alice", "bob"))
        self.addCleanup(self.server.cleanup)
        self.prepare()
        self.server.__enter__()
        self.addCleanup(self.leave)
        for name in "alice", "bob":
            self.server.ctl("quota", "set", name, "--quota", str(LIMIT_BYTES),
                            "--quota-files", str(LIMIT_FILES))
        for i in range(3):
            self.server.mkdir(f"d{i}")
        with Client(self.server, "bob") as bob:
            bob.expect(200, "TYPE I")
            bob.stor("STOR mine", bytes(12345))

    def prepare(self):
        """Before the server starts."""

    def leave(self):
        self.server.__exit__(None, None, None)

    def kill(self, dice, kinds=("nothing", "session", "session", "sessions", "keeper", "all", "listener")):
        """Something dies."""
        kind = dice.choice(kinds)
        server = self.server
        sessions = server.sessions()
        pids = {"nothing": [], "session": dice.sample(sessions, min(len(sessions), 1)), "sessions": sessions[::3],
                "keeper": [server.find_keeper()], "listener": [server.process.pid],
                "all": [server.process.pid, server.find_keeper(), *sessions]}[kind]
        for pid in filter(None, pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if kind in ("all", "listener"):
            server.process.wait(DEADLINE)
            # What is left of the old one writes its own log to the end.
            server.ports, server.log_lines = [], []
            server.start()
            # A server whose keeper dies before it has ever been ready gives up, as it should.
            wait_until(self.serves, "the new server")
        return kind

    def serves(self):
        try:
            with Client(self.server, "bob") as bob:
                bob.cmd("QUIT")
        except (OSError, AssertionError, IndexError):
            return False
        return True

    def usage(self, name):
        return json.loads(self.server.ctl("quota", "show", name, "--json").stdout)

    def settled(self, name):
        found = self.usage(name)
        return found if found["counted"] else None
