"""A client that sends exactly the bytes a test wants, and reads replies as RFC 959 section 4.2 has them."""
import contextlib
import re
import socket

from ferrytest import page
from ferrytest.server import DEADLINE, PASSWORD


class Reply:
    """One reply: code, and its lines without code and end of line (raw: as they came)."""

    def __init__(self, raw):
        self.raw = raw
        self.code = int(raw[-1][:3])
        self.text = raw[-1][4:].decode("utf-8", "surrogateescape")
        self.lines = [line.decode("utf-8", "surrogateescape") for line in raw]

    def __repr__(self):
        return "\n".join(self.lines)


class Client:
    """A control connection.  Its methods return replies; data() moves a data connection's bytes."""

    def __init__(self, server, login="alice", password=PASSWORD, host="127.0.0.1", port=None, source=None):
        self.sock = self.reach(host, port or server.port, source)
        self.host, self.source = host, source
        self.buffer = b""
        # What the next reply answers, as long as that is plain; None else.
        self.asked, self.unfinished = None, False
        self.greeting = self.reply()
        if login is not None:
            self.login(login, password)

    def reach(self, host, port, source):
        """A connection that the greeting comes on."""
        return socket.create_connection((host, port), DEADLINE, (source, 0) if source else None)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.sock.close()

    # ---- the control connection ----

    def send(self, data):
        """Sends bytes, whatever they are: which reply is whose is then the test's own knowledge."""
        self.asked = None
        self.sock.sendall(data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape"))

    def read_line(self):
        """One line without its end; b"" and ConnectionError tell an empty line from the end."""
        while b"\n" not in self.buffer:
            more = self.sock.recv(65536)
            if not more:
                raise ConnectionError(f"the server closed after {self.buffer!r}")
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\n", 1)
        if not line.endswith(b"\r"):
            raise AssertionError(f"a line without CR: {line!r}")
        return line[:-1]

    def reply(self):
        lines = [self.read_line()]
        code = lines[0][:3]
        if not re.fullmatch(rb"[1-6][0-9][0-9][ -].*", lines[0], re.DOTALL):
            raise AssertionError(f"no reply: {lines[0]!r}")
        while not lines[-1].startswith(code + b" "):
            lines.append(self.read_line())
        reply = Reply(lines)
        self.unfinished = reply.code < 200
        if self.asked is not None:
            page.hold(self.asked, reply.code)
        return reply

    def cmd(self, line):
        """Sends a line and returns its reply, whose code must be one that doc/rfc-compliance.md has for it."""
        line = line if isinstance(line, bytes) else line.encode("utf-8", "surrogateescape")
        self.send(line + b"\r\n")
        # In a transfer, what comes next may be the end of that.
        self.asked = None if self.unfinished else page.command(line)
        return self.reply()

    def codes(self, count):
        """The codes of the next replies."""
        return [self.reply().code for _ in range(count)]

    def expect(self, code, line):
        """The same, for a certain code."""
        reply = self.cmd(line)
        if reply.code != code:
            raise AssertionError(f"{line!r}: {reply!r}, not {code}")
        return reply

    def login(self, name="alice", password=PASSWORD):
        self.expect(331, f"USER {name}")
        self.expect(230, f"PASS {password}")

    def raw_pwd(self):
        """The directory that PWD tells, with quotes and 255 as they are in the name."""
        line = self.expect(257, "PWD").raw[-1]
        return re.search(rb'"((?:[^"]|"")*)"', line).group(1).replace(b'""', b'"').replace(b"\xff\xff", b"\xff")

    def is_closed(self):
        """Whether the server has closed (waits for it, reading nothing but the end)."""
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def rest(self):
        """All that still comes, to the end of the connection."""
        data = self.buffer + read_all(self.sock)
        self.buffer = b""
        return data

    # ---- data connections ----

    def reply_of(self, code, command=None):
        """The next reply, which must have that code.  command: what it answers, where other lines were sent behind that."""
        reply = self.reply()
        if reply.code != code:
            raise AssertionError(f"{reply!r}, not {code}")
        if command is not None:
            page.hold(command, code)
        return reply

    def epsv(self):
        reply = self.expect(229, "EPSV")
        return int(re.search(r"\(\|\|\|(\d+)\|\)", reply.text).group(1))

    def pasv(self):
        reply = self.expect(227, "PASV")
        numbers = [int(n) for n in re.search(r"\(([\d,]+)\)", reply.text).group(1).split(",")]
        return ".".join(map(str, numbers[:4])), numbers[4] * 256 + numbers[5]

    def connect(self):
        """EPSV, and a connection there."""
        return socket.create_connection((self.host, self.epsv()), DEADLINE, (self.source, 0) if self.source else None)

    def passive(self):
        """PASV, and a connection there."""
        return socket.create_connection(self.pasv(), DEADLINE)

    def listen(self):
        """A socket for the server to connect to."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family)
        sock.settimeout(DEADLINE)
        sock.bind((self.sock.getsockname()[0], 0))
        sock.listen(1)
        return sock

    def retr(self, line, final=226):
        """Runs a command that sends data; returns the data and the last reply."""
        with self.connect() as data:
            self.expect(150, line)
            content = read_all(data)
        reply = self.reply()
        if reply.code != final:
            raise AssertionError(f"{line!r}: {reply!r}, not {final}")
        return content, reply

    def stor(self, line, content, final=226):
        """Runs a command that takes data; returns the 150 and the last reply."""
        with self.connect() as data:
            first = self.expect(150, line)
            # A server that has had enough may close before all is sent.
            with contextlib.suppress(ConnectionError) if final >= 400 else contextlib.nullcontext():
                data.sendall(content)
        reply = self.reply()
        if reply.code != final:
            raise AssertionError(f"{line!r}: {reply!r}, not {final}")
        return first, reply


def read_all(sock):
    parts = []
    while True:
        part = sock.recv(1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
