"""A network of the test's own, for what does not hold on loopback."""
import ctypes
import os
import subprocess
import threading

CLONE_NEWNET = 0x40000000


def in_own_network(address, action):
    """Runs the action in a thread that has, with all that it starts, a network of its own: of that address and loopback.
    Needs root."""
    failure = []

    def run():
        try:
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == -1:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            for command in ("link set lo up", f"address add {address}/32 dev lo"):
                subprocess.run(["ip", *command.split()], check=True)
            action()
        except BaseException as error:      # the test shows it
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
