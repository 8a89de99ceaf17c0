"""Other people's clients against ferryd: a server on both families, a home of the client's own, trees to move."""
import filecmp
import os
import shutil
import subprocess
import tempfile
import unittest

from ferrytest.server import PASSWORD, Server, has_ipv6

TIMEOUT = 60  # seconds for one run of a client
SIZES = {"empty": 0, "one": 1, "page": 4096, "odd": 65537, "large": 3_000_001}

# What clients must read out of a listing and name again.
ODD_NAMES = ["plain", "with blank", "two  blanks", "-dash", "--help", "'quote'", '"double"', "star*", "[bracket]", "a\\b",
             "question?", "semi;colon", "per%cent", "hash#", "tilde~", "~root", "comma,", "(paren)", "$HOME", "`tick`",
             "\u00fcml\u00e4ut", "\u4e2d\u6587", "arrow -> there", ".hidden", "trailing blank ", "x" * 200]
LEADING_BLANK = " leading blank"


def noise(size, seed=1):
    """Bytes of every value, the same in every run."""
    block = bytes((i * i + i // 251 * seed + seed) % 256 for i in range(65537))
    return (block * (size // len(block) + 1))[:size]


def needs(*programs):
    """Skips where a client is missing, and says so."""
    missing = [name for name in programs if shutil.which(name) is None]
    return unittest.skipIf(missing, f"{', '.join(missing)} is not installed")


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def make_tree(top, names):
    """Files of several sizes in directories of several depths."""
    for i, name in enumerate(names):
        write(os.path.join(top, name), noise(i * 37 + i % 2 * 70_000, i + 1))
    for i, name in enumerate(names[:4]):
        write(os.path.join(top, "sub", f"dir {i}", name), noise(100 + i))
    os.makedirs(os.path.join(top, "sub", "empty"))
    return top


def differences(left, right):
    """What is not the same in two trees, byte by byte."""
    found = []

    def compare(sub):
        both = filecmp.dircmp(os.path.join(left, sub), os.path.join(right, sub), ignore=[], hide=[])
        found.extend(f"only left: {os.path.join(sub, name)}" for name in both.left_only)
        found.extend(f"only right: {os.path.join(sub, name)}" for name in both.right_only)
        for name in both.common_files:
            if not filecmp.cmp(os.path.join(left, sub, name), os.path.join(right, sub, name), shallow=False):
                found.append(f"differs: {os.path.join(sub, name)}")
        found.extend(f"kind: {os.path.join(sub, name)}" for name in both.common_funny)
        for name in both.common_dirs:
            compare(os.path.join(sub, name))
    compare("")
    return found


class StockCase(unittest.TestCase):
    """Every test has an empty home on the server (self.home) and a directory of its own here (self.dir)."""

    options = {}
    server_class = Server

    @classmethod
    def setUpClass(cls):
        cls.hosts = ["127.0.0.1", "::1"] if has_ipv6() else ["127.0.0.1"]
        listen = "127.0.0.1:0,[::1]:0" if has_ipv6() else "127.0.0.1:0"
        cls.server = cls.enterClassContext(cls.server_class(cls.options, listen=listen))

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="ferrystock-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.clear()

    @property
    def home(self):
        return self.server.home()

    def clear(self):
        """Empties the account's home."""
        for name in os.listdir(self.home):
            path = os.path.join(self.home, name)
            shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)

    def own_home(self):
        """Gives all that the test made in the home to the account."""
        for top, directories, files in os.walk(self.home):
            for name in directories + files:
                self.server.own(os.path.join(top, name))

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def port(self, host):
        return self.server.ports[self.hosts.index(host)]

    def each_host(self):
        """Each family in turn, from an empty home."""
        for host in self.hosts:
            self.clear()
            yield host

    def url(self, host, path=""):
        return f"ftp://{f'[{host}]' if ':' in host else host}:{self.port(host)}/{path}"

    def run_client(self, *command, stdin="", status=0, cwd=None):
        """Runs a client in an environment of its own; its result, whose status must be that."""
        env = {"PATH": os.environ["PATH"], "HOME": self.dir, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "dumb",
               "XDG_CONFIG_HOME": self.dir, "LFTP_HOME": self.dir}
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, errors="surrogateescape", env=env,
                              timeout=TIMEOUT, cwd=cwd or self.dir, check=False)
        if status is not None:
            self.assertEqual(done.returncode, status, f"{command}:\n{done.stdout}{done.stderr}\n" +
                             "\n".join(self.server.log_lines[-20:]))
        return done

    def same(self, left, right):
        self.assertEqual(differences(left, right), [])

    def has(self, name, content):
        self.assertTrue(read(os.path.join(self.home, name)) == content, name)


__all__ = ["LEADING_BLANK", "ODD_NAMES", "PASSWORD", "SIZES", "StockCase", "differences", "make_tree", "needs", "noise",
           "read", "write"]
