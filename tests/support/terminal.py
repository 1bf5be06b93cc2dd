"""Runs a program on a terminal, answers its question, and prints what it showed.

terminal.py ANSWER PROGRAM [ARGUMENT]...
"""

import os
import pty
import re
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown, asked = b"", False
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side is closed
        break
    if not part:
        break
    shown += part
    if not asked and re.search(rb"\[y/N\]|to go on:", shown):
        asked = True
        os.write(terminal, sys.argv[1].encode() + b"\n")
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
