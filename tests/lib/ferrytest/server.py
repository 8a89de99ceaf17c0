"""A real ferryd for one test: its own directory, its own ports, its own accounts."""
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

FERRYD = os.environ.get("FERRYD", "ferryd")
FERRYCTL = os.environ.get("FERRYCTL", "ferryctl")
# Runs a program whose system calls fail, for Server's program.
REFUSE = os.environ.get("top_builddir", ".") + "/tests/protocol/refuse"
ROOT = os.geteuid() == 0
# Ids that no system hands out; as root, the keeper, sessions before login and accounts each get one.
KEEPER_ID, SESSION_ID = 64001, 64002
PASSWORD = "correct horse"
DEADLINE = 30  # seconds; a test that waits longer for anything has failed

needs_root = unittest.skipUnless(ROOT, "needs root")


def no_namespace(**identity):
    """Why a ferryd that root did not start can confine no session here, in the kernel's words; "" where it can."""
    done = subprocess.run(["unshare", "--user", "--map-current-user", "--keep-caps", "chroot", "/", "true"], check=False,
                          capture_output=True, text=True, **identity)
    return "" if done.returncode == 0 else f"no user namespace to be had here: {done.stderr.strip() or done.returncode}"


def skip_unconfined(root=ROOT, **identity):
    """Ends a test as skipped where ferryd cannot start, for want of root and of a user namespace."""
    why = "" if root else no_namespace(**identity)
    if why:
        raise unittest.SkipTest(why)


def wait_until(condition, what="it", seconds=DEADLINE):
    """The first true value of condition(), asked again and again until the deadline."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.005)
    return value


def as_options(values):
    """Keys of ferryd.conf(5) as options of the command line."""
    return [word for key, value in values.items() for word in ("-o", f"{key}={value}")]


def own_place(directory):
    """Keys for a ferryd that needs nothing of this machine but the directory, which is opened to others; nothing is made
    in it."""
    os.chmod(directory, 0o755)
    users = {"keeper-user": KEEPER_ID, "session-user": SESSION_ID} if ROOT else {}
    return {"listen": "127.0.0.1:0", "store": f"{directory}/state/ferry.db",
            "home": f"{directory}/homes/%u", "log": "stderr", "transfer-log": "", **users}


def is_alive(pid):
    """Whether the process runs; one that has ended and waits to be reaped does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def open_files(pid):
    """What each descriptor of a process is open on, by number; what is closed while we look is left out."""
    files = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            files[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            pass
    return files


class Server:
    """Starts ferryd; use as a context manager.

    options: keys of ferryd.conf(5), over the harness's own.  accounts: names, each with PASSWORD.
    user: for root, the id to run it all as.  popen: more for subprocess.Popen().
    """

    def __init__(self, options=None, accounts=("alice",), listen="127.0.0.1:0", program=None, env=None,
                 user=None, popen=None):
        self.dir = tempfile.mkdtemp(prefix="ferrytest-")
        os.chmod(self.dir, 0o755)
        self.root = ROOT and user is None
        self.popen = dict(popen or {})
        self.ferryctl = FERRYCTL
        self.identity = {}
        self.options = {
            "listen": listen,
            "store": f"{self.dir}/state/ferry.db",
            "home": f"{self.dir}/homes/%u",
            "login-failure-delay": "0",
            "max-sessions-per-address": "2000",
            "shutdown-timeout": "5s",
            "log-level": "debug",
        }
        if self.root:
            self.options["keeper-user"] = KEEPER_ID
            self.options["session-user"] = SESSION_ID
        self.options.update(options or {})
        self.accounts = accounts
        self.program = program or [FERRYD]
        self.env = env
        self.log_lines = []
        self.log_grew = threading.Condition()
        self.ports = []
        self.process = None
        if user is not None:
            self.become(user)

    # ---- life ----

    def become(self, user):
        """Everything from here on runs as that user, from copies that it can read."""
        self.identity = {"user": user, "group": user, "extra_groups": []}
        self.ferryctl = shutil.copy(FERRYCTL, f"{self.dir}/ferryctl")
        self.program = [shutil.copy(FERRYD, f"{self.dir}/ferryd")]
        for name in self.ferryctl, self.program[0]:
            os.chmod(name, 0o755)
        os.chown(self.dir, user, user)

    def __enter__(self):
        try:
            skip_unconfined(self.root, **self.identity)
            self.write_conf()
            for name in self.accounts:
                self.add_account(name)
            self.start()
        except BaseException:
            self.cleanup()
            raise
        return self

    def __exit__(self, kind, value, trace):
        try:
            if self.process is not None:
                self.stop()
        finally:
            self.cleanup()
        sanitizer = [line for line in self.log_lines if "Sanitizer" in line or "runtime error" in line]
        if sanitizer:
            raise AssertionError("\n".join(self.log_lines))

    def conf_path(self):
        return f"{self.dir}/ferryd.conf"

    def write_conf(self):
        with open(self.conf_path(), "w", encoding="utf-8") as conf:
            for key, value in self.options.items():
                if key in ("listen", "listen-tls") or isinstance(value, list):
                    items = ", ".join(f'"{item}"' for item in (value if isinstance(value, list) else value.split(",")))
                    conf.write(f"{key} = {{{items}}}\n")
                else:
                    conf.write(f'{key} = "{value}"\n')

    def ctl(self, *args, stdin="", check=True):
        return subprocess.run([self.ferryctl, "-f", self.conf_path(), *args], input=stdin, text=True,
                              capture_output=True, check=check, timeout=DEADLINE, **self.identity)

    def add_account(self, name, password=PASSWORD, *args):
        done = self.ctl("user", "add", name, *args, stdin=password + "\n", check=False)
        if done.returncode != 0:
            raise AssertionError(f"ferryctl user add: {done.stderr}")

    def start(self):
        self.process = subprocess.Popen([*self.program, "-f", self.conf_path()], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.env,
                                        **self.identity, **self.popen)
        self.reader = threading.Thread(target=self.read_log, args=(self.process.stderr, self.log_lines), daemon=True)
        self.reader.start()
        for _ in [item for key in ("listen", "listen-tls") for item in str(self.options.get(key, "")).split(",") if item]:
            self.ports.append(int(self.wait_log(r"listening on \S+ port (\d+)", skip=len(self.ports)).group(1)))
        self.keeper()   # until it is, it looks like a session

    def stop(self):
        """Ends it as an administrator would, and expects that to work."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=DEADLINE)
        self.reader.join(timeout=DEADLINE)
        self.process = None
        if status != 0:
            raise AssertionError(f"ferryd ended with {status}:\n" + "\n".join(self.log_lines))

    def cleanup(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    # ---- what it says ----

    def read_log(self, pipe, lines):
        with pipe:
            for line in pipe:
                with self.log_grew:
                    lines.append(line.decode("utf-8", "backslashreplace").rstrip("\n"))
                    self.log_grew.notify_all()
        with self.log_grew:
            lines.append("<end of log>")
            self.log_grew.notify_all()

    def wait_log(self, pattern, skip=0):
        """The match of a line of the log, waiting for it; skip: pass over so many before."""
        def find():
            found = [m for m in (re.search(pattern, line) for line in self.log_lines) if m]
            return found[skip] if len(found) > skip else None

        with self.log_grew:
            if not self.log_grew.wait_for(lambda: find() or "<end of log>" in self.log_lines, DEADLINE):
                raise AssertionError(f"no {pattern!r} in the log:\n" + "\n".join(self.log_lines))
            if not find():
                raise AssertionError(f"ended without {pattern!r} in the log:\n" + "\n".join(self.log_lines))
            return find()

    # ---- where things are ----

    @property
    def port(self):
        return self.ports[0]

    def home(self, name="alice"):
        return f"{self.dir}/homes/{name}"

    def path(self, *parts, account="alice"):
        return os.path.join(self.home(account), *parts)

    def put(self, name, data=b"", account="alice"):
        """Puts a file into a home, owned as the account would have it."""
        path = self.path(name, account=account) if isinstance(name, str) else \
            os.path.join(os.fsencode(self.home(account)), name)
        with open(path, "wb") as file:
            file.write(data)
        self.own(path, account)
        return path

    def mkdir(self, name, account="alice"):
        path = self.path(name, account=account)
        os.mkdir(path)
        self.own(path, account)
        return path

    def own(self, path, account="alice"):
        home = os.stat(self.home(account))
        if ROOT:
            os.lchown(path, home.st_uid, home.st_gid)

    def get(self, name, account="alice"):
        with open(self.path(name, account=account), "rb") as file:
            return file.read()

    def sessions(self):
        """Process ids of the sessions: the listener's children that are not the keeper."""
        children = []
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            for pid in file.read().split():
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as cmdline:
                        if b"--keeper" not in cmdline.read():
                            children.append(int(pid))
                except (FileNotFoundError, ProcessLookupError):
                    pass
        return children

    def session_of(self, client):
        """The process id of a client's session: the one whose control connection is the client's."""
        inode = socket_inode(client.sock)

        def find():
            for pid in self.sessions():
                try:
                    if os.readlink(f"/proc/{pid}/fd/3") == f"socket:[{inode}]":
                        return pid
                except OSError:
                    pass
            return None
        return wait_until(find, "the session's start")

    def keeper(self):
        """The process id of the keeper, waiting for it where it is just being started."""
        return wait_until(self.find_keeper, "the keeper's start")

    def find_keeper(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            for pid in file.read().split():
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as cmdline:
                        if b"--keeper" in cmdline.read():
                            return int(pid)
                except (FileNotFoundError, ProcessLookupError):
                    pass
        return None


def other_end(sock):
    """What the kernel tells of the other end of a TCP connection over loopback: the words of its line."""
    six = sock.family == socket.AF_INET6
    here, there = sock.getsockname()[1], sock.getpeername()[1]
    with open("/proc/net/tcp6" if six else "/proc/net/tcp", encoding="ascii") as file:
        for line in list(file)[1:]:
            words = line.split()
            if int(words[1].rpartition(":")[2], 16) == there and int(words[2].rpartition(":")[2], 16) == here:
                return words
    raise AssertionError("no such connection")


def socket_inode(sock):
    return int(other_end(sock)[9])


def keepalive_timer(sock):
    """In how many seconds the other end asks whether anybody is still there; None where it will not, or now waits for
    something else."""
    kind, when = other_end(sock)[5].split(":")
    return int(when, 16) / os.sysconf("SC_CLK_TCK") if kind == "02" else None


def socket_option(pid, fd, level, option):
    """A number that another process set on its socket: root may look."""
    pidfd_getfd = 438
    process = os.pidfd_open(pid)
    copy = ctypes.CDLL(None, use_errno=True).syscall(pidfd_getfd, process, fd, 0)
    os.close(process)
    if copy == -1:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    with socket.socket(fileno=copy) as sock:
        return sock.getsockopt(level, option)


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
        return True
    except OSError:
        return False


needs_ipv6 = unittest.skipUnless(has_ipv6(), "this machine has no IPv6")


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
