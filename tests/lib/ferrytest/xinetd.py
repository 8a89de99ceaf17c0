"""ferryd as xinetd starts it: a process tree of its own for each connection."""
import os
import re
import socket
import subprocess

from ferrytest.server import DEADLINE, FERRYD, ROOT, Server, free_port, wait_until

SERVICE = os.path.join(os.environ["top_srcdir"], "contrib/xinetd/ferryd")


class XinetdServer(Server):
    """The service of contrib/xinetd on ports of its own; the log is a file, for standard error is the client's."""

    def __init__(self, options=None, **args):
        super().__init__(options, **args)
        self.hosts = [item.rpartition(":")[0].strip("[]") for item in str(self.options["listen"]).split(",")]
        self.log_path = f"{self.dir}/ferryd.log"
        self.options["log"] = self.log_path

    @property
    def log_lines(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="backslashreplace") as file:
                return file.read().splitlines()
        except (AttributeError, FileNotFoundError):
            return []

    @log_lines.setter
    def log_lines(self, lines):
        pass

    def service(self, number, host, port):
        """The service that we ship, for a port that is in no /etc/services."""
        with open(SERVICE, encoding="utf-8") as file:
            text = re.search(r"^service ftp\n.*?^}\n", file.read(), re.M | re.S).group()
        for key, value in (("server", FERRYD), ("server_args", f"--inetd -f {self.conf_path()}"),
                           ("instances", "UNLIMITED"), ("per_source", "UNLIMITED"), ("cps", "10000 1")):
            text, count = re.subn(rf"^(\s*{key}\s*=).*", rf"\1 {value}", text, flags=re.M)
            if count != 1:
                raise AssertionError(f"{SERVICE}: {count} lines set {key}")
        if not ROOT:
            text = re.sub(r"^\s*user\s*=.*\n", "", text, flags=re.M)
        if ":" not in host:
            text = re.sub(r"^\s*flags\s*=.*\n", "", text, flags=re.M)
        text = text.replace("service ftp\n", f"service ferry{number}\n")
        return text.replace("{\n", f"{{\n\ttype = UNLISTED\n\tbind = {host}\n\tport = {port}\n")

    def start(self):
        self.ports = [free_port() for _ in self.hosts]
        conf = f"{self.dir}/xinetd.conf"
        with open(conf, "w", encoding="utf-8") as file:
            for number, (host, port) in enumerate(zip(self.hosts, self.ports)):
                file.write(self.service(number, host, port))
        self.process = subprocess.Popen(["xinetd", "-dontfork", "-f", conf, "-filelog", f"{self.dir}/xinetd.log",
                                         "-pidfile", f"{self.dir}/xinetd.pid"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.env)
        for host, port in zip(self.hosts, self.ports):
            wait_until(lambda host=host, port=port: self.answers(host, port), "xinetd's start")

    def answers(self, host, port):
        if self.process.poll() is not None:
            raise AssertionError("xinetd ended")
        try:
            with socket.create_connection((host, port), DEADLINE) as sock:
                return sock.recv(4) == b"220 "
        except ConnectionError:
            return False

    def stop(self):
        """Ends xinetd, and expects its sessions to end by themselves."""
        self.process.terminate()
        self.process.wait(timeout=DEADLINE)
        self.process = None
        wait_until(lambda: not self.left(), "the end of what xinetd started")

    def left(self):
        """Processes that still serve with this configuration."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if self.conf_path().encode() in file.read():
                        found.append(int(pid))
            except (FileNotFoundError, ProcessLookupError):
                pass
        return found
