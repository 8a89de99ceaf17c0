"""A line that is slower than the machine.

    with SlowLine() as line:
        port = line.to(server.port)

What a connection to the port sends and gets passes in small pieces, so that no record of TLS comes whole.
"""
import socket
import threading

DEADLINE = 30  # seconds; nothing here waits longer


class SlowLine:
    """piece, pause: so many bytes each way, then so many seconds without.  stall_after: when so many bytes have come
    from the server's side on one connection, nothing more does.
    """

    def __init__(self, piece=1400, pause=0.005, stall_after=None):
        self.piece, self.pause, self.stall_after = piece, pause, stall_after
        self.passed = 0
        self.changed = threading.Condition()
        self.ended = threading.Event()
        self.sockets, self.threads = [], []

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.ended.set()
        for sock in list(self.sockets):
            hang_up(sock)
        for thread in list(self.threads):
            thread.join(DEADLINE)
        for sock in self.sockets:
            sock.close()

    def to(self, port, host="127.0.0.1"):
        """The port of a new line there."""
        listener = socket.create_server((host, 0))
        # As on a real line: what the other side has not taken stays with the one who sends it.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self.sockets.append(listener)
        self.start(self.serve, listener, (host, port))
        return listener.getsockname()[1]

    def wait_for(self, amount):
        """Waits until so many bytes have passed, both ways and all connections together."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.passed >= amount, DEADLINE):
                raise AssertionError(f"{self.passed} bytes passed, not {amount}")

    def start(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def serve(self, listener, address):
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(address, DEADLINE)
            except OSError:
                return
            self.sockets += [near, far]
            self.start(self.pump, near, far, None)
            self.start(self.pump, far, near, self.stall_after)

    def pump(self, source, sink, room):
        try:
            while data := source.recv(self.piece if room is None else min(self.piece, room)):
                sink.sendall(data)
                with self.changed:
                    self.passed += len(data)
                    self.changed.notify_all()
                if room is not None:
                    room -= len(data)
                if self.ended.wait(DEADLINE if room == 0 else self.pause):
                    return
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            # One end is gone without a word; the other end shall notice.
            hang_up(source)
            hang_up(sink)
            source.close()


def hang_up(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
