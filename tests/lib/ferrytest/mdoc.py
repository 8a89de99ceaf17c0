"""The examples of a manual page as its reader sees them: its ".Dl" lines and ".Bd -literal" blocks.

Of mdoc(7) it knows what our pages use there; anything else is an error, so that nothing is read wrongly in silence.
"""
import os
import re

from ferrytest import page as text

ESCAPES = {"(dq": '"', "e": "\\", "&": "", "-": "-"}
# Before and after the argument of a macro.  That of Ar is for the reader to replace: «host».
MACROS = {"Ar": ("\u00ab", "\u00bb"), "Li": ("", ""), "Cm": ("", ""), "Pa": ("", "")}
CLOSING, OPENING = {".", ",", ":", ";", ")", "]", "?", "!"}, {"(", "["}


def plain(text):
    """Text without escapes."""
    def character(match):
        if match.group(1) not in ESCAPES:
            raise AssertionError(f"an escape that is not known here: {text!r}")
        return ESCAPES[match.group(1)]

    return re.sub(r"\\(\(..|\[[^]]*\]|.|$)", character, text)


def words(line):
    """The arguments of a macro."""
    return [word[1:-1] if word.startswith('"') else word for word in re.findall(r'"[^"]*"|\S+', line)]


def arguments(line):
    """The arguments of .Dl, macros among them, as text."""
    text, macro, joined = "", ("", ""), True
    for word in words(line):
        if word in MACROS:
            macro = MACROS[word]
        elif word == "Ns":
            joined = True
        elif re.fullmatch("[A-Z][a-z]", word):
            raise AssertionError(f"a macro that is not known here: {word} in {line!r}")
        else:
            blank = "" if joined or word in CLOSING else " "
            text += blank + macro[0] + plain(word) + macro[1]
            joined = word in OPENING
    return text


def examples(page):
    """Those of a page, in order, each a list of lines; .Dl lines that follow one another are one."""
    found, block, before = [], None, ""
    for line in text.read(f"man/{page}").splitlines():
        macro = line[1:3] if line.startswith(".") else ""
        if block is not None:
            if macro == "Ed":
                found.append(block)
                block = None
            elif macro:
                raise AssertionError(f"{page}: a macro in a literal block: {line!r}")
            else:
                block.append(plain(line))
        elif macro == "Bd":
            if "-literal" not in line.split():
                raise AssertionError(f"{page}: a block that is not known here: {line!r}")
            block = []
        elif macro == "Dl":
            if before != "Dl":
                found.append([])
            found[-1].append(arguments(line[3:]))
        before = macro
    return found


def pages():
    """The names of all pages there are."""
    return sorted(name for name in os.listdir(os.path.join(text.TOP, "man")) if re.search(r"\.[1-8]$", name))


def blocks(name):
    """The indented blocks of a page in Markdown, each a list of lines without what all of them are indented by."""
    found, block, above = [], [], 0
    for line in [*text.read(name).splitlines(), "end"]:
        depth = len(line) - len(line.lstrip())
        if line and not block:
            if re.match(r"\s*(\d+\.|-) ", line):
                above = re.match(r"\s*(\d+\.|-) +", line).end()
            elif depth == 0:
                above = 0
        if line and depth >= above + 4:
            block.append(line)
        elif line == "" and block:
            block.append(line)
        elif block:
            cut = min(len(line) - len(line.lstrip()) for line in block if line)
            found.append([line[cut:] for line in "\n".join(block).rstrip().split("\n")])
            block = []
    return found
