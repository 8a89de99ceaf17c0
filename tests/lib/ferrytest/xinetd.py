"""ferryd as xinetd starts it: a process tree of its own for each connection."""
import os
import re
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
            text = re.sub(r"^(\s*user\s*=).*", rf"\1 {os.getuid()}", text, flags=re.M)
        if ":" not in host:
            text = re.sub(r"^\s*flags\s*=.*\n", "", text, flags=re.M)
        text = text.replace("service ftp\n", f"service ferry{number}\n")
        return text.replace("{\n", f"{{\n\ttype = UNLISTED\n\tbind = {host}\n\tport = {port}\n")

    def start(self):
        """xinetd cannot choose ports: those that were free a moment ago may be taken by now."""
        while not self.try_to_start():
            self.process.terminate()
            self.process.wait(timeout=DEADLINE)

    def try_to_start(self):
        """Whether it has got the ports."""
        self.ports = [free_port() for _ in self.hosts]
        conf, log = f"{self.dir}/xinetd.conf", f"{self.dir}/xinetd.log"
        with open(conf, "w", encoding="utf-8") as file:
            for number, (host, port) in enumerate(zip(self.hosts, self.ports)):
                file.write(self.service(number, host, port))
        open(log, "w", encoding="utf-8").close()
        self.process = subprocess.Popen(["xinetd", "-dontfork", "-f", conf, "-filelog", log, "-pidfile",
                                         f"{self.dir}/xinetd.pid"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.env)
        return wait_until(lambda: self.services(log), "xinetd's start") == len(self.hosts)

    def services(self, log):
        """How many services run, once xinetd has said it."""
        with open(log, encoding="utf-8", errors="replace") as file:
            said = re.search(r"Started working: (\d+) available service", file.read())
        if said is None and self.process.poll() is not None:
            return -1   # none of them has a port
        return said and int(said.group(1))

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
