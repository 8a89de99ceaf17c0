"""What the pages say, to be held against what tests see: doc/rfc-compliance.md, and ferryd(8)."""
import functools
import os
import re

TOP = os.environ.get("top_srcdir", os.path.dirname(__file__) + "/../../..")

# What the page says of every command, and of those that are not marked "any time".
ALWAYS = {421, 500, 501}
BEFORE_LOGIN = {530}


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as file:
        return file.read()


@functools.cache
def ban_expression():
    """The expression for a ban tool that ferryd(8) shows, for our lines: fail2ban takes the date away, and knows <ADDR>."""
    line = re.search(r"^failregex = (.*)$", read("man/ferryd.8"), re.MULTILINE).group(1)
    expression = line.replace("\\e", "\\").replace("<ADDR>", r"(?P<address>[0-9.]+|[0-9a-f:]+)")
    assert expression.startswith("^") and expression.endswith("$"), expression
    return re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z" + expression[1:])


def rows():
    """The cells of each row of each table that has a Status."""
    found, header = [], None
    for line in read("doc/rfc-compliance.md").splitlines():
        if not line.startswith("|"):
            header = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if header is None:
            header = cells
        elif not set(line) <= set("|-"):
            assert len(cells) == len(header), line
            found.append(dict(zip(header, cells)))
    return found


@functools.cache
def replies():
    """Command ("RETR", "SITE CHMOD") to the codes that it may be answered with."""
    found = {}
    for row in rows():
        if "Command" in row:
            codes = {int(code) for code in row["Replies"].split()} | ALWAYS
            if "any time" not in row["Notes"]:
                codes |= BEFORE_LOGIN
            found[row["Command"].strip("`")] = codes
    return found


def command(line):
    """The command that a line of the control connection is, or None when the page has no such."""
    words = re.match(rb"([A-Za-z0-9]+)(?: +([A-Za-z]+))?(?= |\Z)|([A-Za-z0-9]+)",
                     line.rstrip(b"\r\n"))
    if words is None:
        return None
    verb = (words.group(1) or words.group(3)).decode().upper()
    both = f"{verb} {(words.group(2) or b'').decode().upper()}"
    return both if both in replies() else verb if verb in replies() else None


@functools.cache
def hold(verb, code):
    """A command was answered with that code: the page must say that it may be.

    Once for each pair in a process, and told to the file FERRYTEST_REPLIES where that is set: after
    a run of all tests it tells which codes of the page none has seen.
    """
    if "FERRYTEST_REPLIES" in os.environ:
        with open(os.environ["FERRYTEST_REPLIES"], "a", encoding="ascii") as file:
            file.write(f"{verb} {code}\n")
    if code not in replies()[verb]:
        raise AssertionError(f"{verb} was answered {code}, which its row in doc/rfc-compliance.md "
                             "has not")
