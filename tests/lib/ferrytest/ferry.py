"""ferry as a person or a script runs it, with or without a terminal, in a directory of its own."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import tempfile
import termios
import time
import unittest

from ferrytest.server import DEADLINE

FERRY = os.environ.get("FERRY", "ferry")

# The table of ferry(1).
DONE, USAGE, CONNECT, PROTOCOL, LOGIN, REFUSED, LOCAL, BROKEN, TIMEOUT, TLS, INTERRUPTED = 0, *range(2, 11), 130

MTIME = 1704164645  # 20240102030405


def pattern(size):
    """Bytes of which no two places look alike."""
    return b"".join(struct.pack(">I", n * 2654435761 % 2**32) for n in range(size // 4 + 1))[:size]


class Terminal:
    """ferry on a terminal of its own."""

    def __init__(self, argv, env, cwd, columns=80):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

        def become_controlling():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(argv, stdin=self.slave, stdout=self.slave, stderr=self.slave, env=env,
                                        cwd=cwd, start_new_session=True, preexec_fn=become_controlling)
        self.output = b""

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def text(self):
        return self.output.decode("utf-8", "replace")

    def read_until(self, wanted):
        """Reads until the regular expression is seen, or fails."""
        end = time.monotonic() + DEADLINE
        while not re.search(wanted, self.text(), re.DOTALL):
            self.read_some(end, wanted)

    def read_some(self, end, wanted):
        ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise AssertionError(f"{wanted!r} did not come, but {self.text()!r}")
        self.output += os.read(self.master, 65536)

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self):
        """The exit code; what is written until then is read."""
        end = time.monotonic() + DEADLINE
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"ferry does not end: {self.text()!r}")
            if select.select([self.master], [], [], 0.02)[0]:
                self.output += os.read(self.master, 65536)
        while select.select([self.master], [], [], 0)[0]:
            self.output += os.read(self.master, 65536)
        return self.process.returncode

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)


class FerryTest(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="ferrytest-")
        self.addCleanup(self.tmp.cleanup)
        self.dir = os.path.realpath(self.tmp.name)
        self.env = {key: value for key, value in os.environ.items()
                    if key not in ("FERRY_PASSWORD", "NETRC", "POSIXLY_CORRECT")}
        self.env.update(HOME=self.dir, LC_ALL="C.UTF-8", TZ="UTC")

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, content, mode=0o600, mtime=None):
        with open(self.path(name), "wb") as file:
            file.write(content)
        os.chmod(self.path(name), mode)
        if mtime is not None:
            os.utime(self.path(name), (mtime, mtime))

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def names(self):
        return sorted(os.listdir(self.dir))

    def ferry(self, *args, stdin=b"", **env):
        # Of its own session, so that there is no terminal to ask on.
        return subprocess.run([FERRY, *args], input=stdin, capture_output=True, cwd=self.dir,
                              env={**self.env, **env}, timeout=DEADLINE, check=False, start_new_session=True)

    def expect(self, code, *args, **kwargs):
        done = self.ferry(*args, **kwargs)
        self.assertEqual(done.returncode, code, done.stderr.decode("utf-8", "replace"))
        self.no_sanitizer(done.stderr)
        return done

    def no_sanitizer(self, output):
        self.assertNotIn(b"Sanitizer", output)
        self.assertNotIn(b"runtime error", output)

    def terminal(self, *args, columns=80, **env):
        return Terminal([FERRY, *args], {**self.env, **env}, self.dir, columns)

    def part(self, name="a"):
        return f".{name}.ferry-part"

    def begin_part(self, content, size, mtime=MTIME, name="a"):
        """What an earlier download that broke has left."""
        self.write(self.part(name), content)
        self.write(f".{name}.ferry-info", f"size {size} time {mtime}\n".encode())
