"""A small disk of the test's own, which can be filled."""
import ctypes
import errno
import os
import subprocess

CLONE_NEWNS = 0x20000   # sched.h
BALLAST = ".ballast"


def leave_mounts():
    """From here on what is mounted is seen by this thread, and all that it starts, alone.  Needs root."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


class Disk:
    def __init__(self, path, size, **options):
        """Mounts it at path, with more options of mount(8)."""
        self.path = path
        options = ",".join(f"{key}={value}" for key, value in {"size": size, **options}.items())
        os.makedirs(path, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], check=True)

    def unmount(self):
        subprocess.run(["umount", "--lazy", self.path], check=True)

    def fill(self):
        """Takes what is left, to the last page."""
        with open(os.path.join(self.path, BALLAST), "ab", buffering=0) as file:
            for piece in 65536, 4096:
                try:
                    while file.write(bytes(piece)) == piece:
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def free(self):
        """Gives it back."""
        os.unlink(os.path.join(self.path, BALLAST))
