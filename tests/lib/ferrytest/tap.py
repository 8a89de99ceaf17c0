"""Runs the test cases of a script: in plain words by hand, as TAP (one line a test) under `make check`."""
import os
import signal
import sys
import unittest

try:
    from tap import TAPTestRunner
    from tap.runner import TAPTestResult
except ImportError:
    sys.exit("Bail out! The Python module tap is missing (Debian: apt install python3-tap)")


class Result(TAPTestResult):
    """A line for each test method, and for each of its subtests that failed."""

    def addSubTest(self, test, subtest, err):
        if err is not None:
            super().addSubTest(test, subtest, err)

    def _description(self, test):
        text = test.id().removeprefix("__main__.")
        if test.shortDescription():
            text += ": " + test.shortDescription()
        return text.encode("unicode_escape").decode().replace("#", r"\#")


class Runner(TAPTestRunner):
    resultclass = Result


def stop(signum, _frame):
    """A test that hangs is ended from outside: leave by an exception, so that its servers end too."""
    raise KeyboardInterrupt(signal.Signals(signum).name)


def main():
    """Ends the process.  Under TAP a failed test is no bad exit status: its line has said it."""
    signal.signal(signal.SIGTERM, stop)
    if "HARNESS_ACTIVE" not in os.environ:
        unittest.main(module="__main__", verbosity=2)
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    runner = Runner()
    runner.set_stream(True)
    result = unittest.main(module="__main__", testRunner=runner, exit=False).result
    if result.testsRun == 0 and not result.skipped:
        sys.exit("No test ran: a script without tests proves nothing")
