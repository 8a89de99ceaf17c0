"""A scripted FTP server: a well-behaved one, of which a test replaces what it wants to go wrong.

    with Fake(files={"a": b"bytes"}) as server:
        server.on["EPSV"] = lambda session, arg: session.reply("500 what?")

A handler gets the session and the argument as text; raising Hangup ends the session.
"""
import fcntl
import re
import socket
import ssl
import struct
import termios
import threading
import time

DEADLINE = 30  # seconds; nothing here waits longer

FEATURES = ["EPSV", "MDTM", "MFMT", "MLST type*;size*;modify*;", "REST STREAM", "SIZE", "UTF8"]


class Hangup(Exception):
    """The session ends, without a word."""


class Session(threading.Thread):
    def __init__(self, server, sock):
        super().__init__(daemon=True)
        self.server = server
        self.sock = sock
        self.rest = 0
        self.listener = None
        self.opened = []
        self.protect = False

    def reply(self, text):
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        self.sock.sendall(data + b"\r\n")

    def run(self):
        try:
            if self.server.implicit:
                self.secure()
            greeting = self.server.greeting
            if callable(greeting):
                greeting(self)
            elif greeting is not None:
                self.reply(greeting)
            for line in self.lines():
                verb, _, arg = line.partition(" ")
                handler = self.server.on.get(verb) or getattr(self, "do_" + verb.lower(), None)
                if handler is None:
                    self.reply("500 unknown")
                elif verb in self.server.on:
                    handler(self, arg)
                else:
                    handler(arg)
        except (Hangup, OSError):
            pass
        finally:
            for sock in [self.sock, *self.opened]:
                sock.close()

    def lines(self):
        buffer = b""
        while True:
            while b"\n" not in buffer:
                more = self.sock.recv(65536)
                if not more:
                    return
                buffer += more
            line, buffer = buffer.split(b"\n", 1)
            line = line.rstrip(b"\r").decode("utf-8", "surrogateescape")
            with self.server.changed:
                self.server.commands.append(line)
                self.server.changed.notify_all()
            yield line

    def secure(self):
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True)

    # ---- data connections ----

    def listen(self):
        self.listener = socket.create_server((self.server.host, 0), family=self.server.family)
        self.listener.settimeout(DEADLINE)
        self.opened.append(self.listener)
        port = self.listener.getsockname()[1]
        return port if self.server.line is None else self.server.line.to(port)

    def accept(self):
        data, _ = self.listener.accept()
        data.settimeout(DEADLINE)
        self.opened.append(data)
        self.listener.close()
        return data

    def wrap(self, data):
        """The data connection, in TLS where that is wanted."""
        if not self.protect:
            return data
        data = self.server.data_tls.wrap_socket(data, server_side=True)
        self.server.resumed.append(data.session_reused)
        self.opened.append(data)
        return data

    def close(self, data):
        """The end, and in TLS its own end first."""
        if isinstance(data, ssl.SSLSocket):
            data.unwrap()
        data.close()

    def reset(self, data):
        """The end by a reset, behind all that was sent: one that came too early would take bytes along."""
        end = time.monotonic() + DEADLINE
        while struct.unpack("i", fcntl.ioctl(data, termios.TIOCOUTQ, b"\0" * 4))[0] > 0:
            if time.monotonic() > end:
                raise AssertionError("nobody takes what was sent")
            time.sleep(0.01)
        data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.socket.close(data)

    def send_data(self, content, begin="150 here it comes", end="226 done"):
        data = self.accept()
        if begin is not None:
            self.reply(begin)
        data = self.wrap(data)
        data.sendall(content)
        self.close(data)
        if end is not None:
            self.reply(end)

    def receive_data(self):
        data = self.accept()
        self.reply("150 go on")
        data = self.wrap(data)
        content = b""
        while more := data.recv(1 << 20):
            content += more
        self.close(data)
        return content

    def file(self, name):
        """The file's bytes, or None after a 550."""
        content = self.server.files.get(name)
        if content is None:
            self.reply(f"550 {name}: no such file")
        return content

    # ---- commands ----

    def do_auth(self, arg):
        if self.server.tls is None:
            self.reply("502 no TLS here")
            return
        self.reply("234 go on")
        self.secure()

    def do_pbsz(self, arg):
        self.reply("200 PBSZ=0")

    def do_prot(self, arg):
        self.protect = arg == "P"
        self.reply("200 as you like")

    def do_user(self, arg):
        self.reply("331 and the password?")

    def do_pass(self, arg):
        self.reply("230 welcome")

    def do_feat(self, arg):
        self.reply("\r\n".join(["211-Features", *(" " + line for line in self.server.features), "211 End"]))

    def do_opts(self, arg):
        self.reply("200 as you like")

    def do_type(self, arg):
        self.reply("200 type set")

    def do_epsv(self, arg):
        self.reply(f"229 Extended passive (|||{self.listen()}|)")

    def do_pasv(self, arg):
        port = self.listen()
        self.reply(f"227 Passive (127,0,0,1,{port >> 8},{port & 255})")

    def do_size(self, arg):
        content = self.file(arg)
        if content is not None:
            self.reply(f"213 {len(content)}")

    def do_mdtm(self, arg):
        if self.file(arg) is not None:
            self.reply(f"213 {self.server.times.get(arg, '20240102030405')}")

    def do_mfmt(self, arg):
        time, _, name = arg.partition(" ")
        self.server.times[name] = time
        self.reply(f"213 modify={time}; {name}")

    def do_rest(self, arg):
        self.rest = int(arg)
        self.reply("350 next")

    def take_rest(self):
        rest, self.rest = self.rest, 0
        return rest

    def do_retr(self, arg):
        rest = self.take_rest()
        content = self.file(arg)
        if content is not None:
            self.send_data(content[rest:])

    def do_stor(self, arg):
        rest = self.take_rest()
        kept = self.server.files.get(arg, b"")[:rest]
        self.server.files[arg] = kept + self.receive_data()
        self.reply("226 stored")

    def do_appe(self, arg):
        self.server.files[arg] = self.server.files.get(arg, b"") + self.receive_data()
        self.reply("226 stored")

    def do_mlsd(self, arg):
        self.send_data(self.server.listing)

    def do_list(self, arg):
        self.send_data(self.server.listing)

    def do_nlst(self, arg):
        self.send_data(self.server.listing)

    def do_abor(self, arg):
        self.reply("226 aborted")

    def do_quit(self, arg):
        self.reply("221 bye")
        raise Hangup


class Fake:
    """The server.  commands: the lines it got; on: handlers by verb; resumed: of each data connection in TLS.

    certificate: paths of one and its key; with it the server has TLS, implicit: from the first byte.
    line: a SlowLine for the data connections.
    """

    def __init__(self, files=None, listing=b"", greeting="220 ready", host="127.0.0.1", certificate=None,
                 implicit=False, line=None):
        self.tls = self.data_tls = None if certificate is None else self.context(certificate)
        self.implicit = implicit
        self.line = line
        self.resumed = []
        self.files = dict(files or {})
        self.times = {}
        self.listing = listing
        self.greeting = greeting
        self.host = host
        self.family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.features = list(FEATURES)
        self.commands = []
        self.changed = threading.Condition()
        self.on = {}
        self.socket = None
        self.sessions = []

    @staticmethod
    def context(certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        return context

    def __enter__(self):
        self.socket = socket.create_server((self.host, 0), family=self.family)
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, kind, value, trace):
        # A thread in accept() does not notice close(); shutdown() wakes it.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(DEADLINE)
        for session in self.sessions:
            try:
                session.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            session.join(DEADLINE)

    def serve(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            sock.settimeout(DEADLINE)
            session = Session(self, sock)
            self.sessions.append(session)
            session.start()

    def url(self, path="", user=None):
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "ftps" if self.implicit else "ftp"
        return f"{scheme}://{user + '@' if user else ''}{host}:{self.port}/{path}"

    def verbs(self):
        return [line.split(" ", 1)[0] for line in self.commands]

    def arguments(self, verb):
        return [line.partition(" ")[2] for line in self.commands if re.match(verb + r"\b", line)]

    def wait_for(self, verb):
        """Waits until a command of this verb has come."""
        with self.changed:
            if not self.changed.wait_for(lambda: verb in self.verbs(), DEADLINE):
                raise AssertionError(f"no {verb} came, but {self.commands}")
