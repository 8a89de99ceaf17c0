"""A machine of the test's own: namespaces of mounts, processes and network, and in them a root directory in which what a
page takes for given can be made.  The real machine's files are there too, but for those that are named empty, and /etc is
a copy.  Needs root.
"""
import os
import shutil
import subprocess
import sys

from ferrytest.server import ROOT, has_ipv6

WITHIN = "FERRYTEST_MACHINE"
# A directory of every system that nothing here needs; the new root is mounted over it, in the namespace alone.
PLACE = "/mnt"
# Tells the new root from every other.
MARK = "/.ferrytest-machine"


def why_not():
    """Why there can be none; "" where there can."""
    if not ROOT:
        return "needs root"
    done = subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "true"], check=False, capture_output=True,
                          text=True)
    return "" if done.returncode == 0 else f"no namespaces to be had here: {done.stderr.strip() or done.returncode}"


def enter(empty, copies, trees, addresses):
    """Starts the running script anew in a machine of its own, where it comes here again, and then returns.

    empty: paths of directories that are there, and of the new machine alone, whatever the real one has in them.
    copies, trees: files to be copied, and directories to be seen, by where they are to be: below those of empty.
    addresses: those of its network besides loopback, the ones of IPv6 where the kernel has that.
    """
    if WITHIN not in os.environ:
        os.environ[WITHIN] = "yes"
        os.execvp("unshare", ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
                              sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]])
    if os.getpid() != 1:
        raise AssertionError(f"{WITHIN} is set, and this is no machine of a test's own")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", PLACE)
    furnish("/", sorted({"/etc", *empty}))
    run("cp", "-a", "/etc/.", f"{PLACE}/etc/")
    for path in empty:
        if path.startswith("/etc/"):
            shutil.rmtree(PLACE + path, ignore_errors=True)
            os.makedirs(PLACE + path)
    for path, real in copies.items():
        shutil.copy(real, PLACE + path)
    for path, real in trees.items():
        os.mkdir(PLACE + path)
        run("mount", "--bind", "-o", "ro", real, PLACE + path)
    open(PLACE + MARK, "wb").close()
    os.chdir(PLACE)
    run("pivot_root", ".", ".")
    run("umount", "-l", ".")
    os.chdir("/")
    run("ip", "link", "set", "lo", "up")
    for address in addresses:
        if ":" not in address:
            run("ip", "address", "add", address, "dev", "lo")
        elif has_ipv6():
            run("ip", "address", "add", address, "dev", "lo", "nodad")


def clear(directories):
    """Makes them as empty as they were when the machine was new."""
    if not os.path.exists(MARK):
        raise AssertionError("this is no machine of a test's own")
    for directory in directories:
        os.makedirs(directory, exist_ok=True)
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            (shutil.rmtree if os.path.isdir(path) and not os.path.islink(path) else os.unlink)(path)
        os.chmod(directory, 0o755)


def furnish(directory, empty):
    """Makes the new machine's directory: empty where it is to be, else with all that the real one has."""
    os.makedirs(PLACE + directory, exist_ok=True)
    if directory in empty:
        return
    inside = [path for path in empty if path.startswith(directory.rstrip("/") + "/")]
    names = set(os.listdir(directory)) if os.path.isdir(directory) else set()
    for name in names | {path[len(directory.rstrip("/")) + 1:].partition("/")[0] for path in inside}:
        path = os.path.join(directory, name)
        if path == PLACE:
            os.mkdir(PLACE + path)
        elif any(other == path or other.startswith(path + "/") for other in inside):
            furnish(path, inside)
        else:
            show(path)
    if os.path.isdir(directory):
        shutil.copystat(directory, PLACE + directory)


def show(path):
    """Puts what the real machine has there into the new one."""
    if os.path.islink(path):
        os.symlink(os.readlink(path), PLACE + path)
        return
    if os.path.isdir(path):
        os.mkdir(PLACE + path)
    else:
        open(PLACE + path, "wb").close()
    run("mount", "--rbind", path, PLACE + path)


def run(*command):
    """What the command has said; it must be content."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout
