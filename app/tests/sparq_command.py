# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command line share. Takes the path of the command off the arguments."""
import array
import os
import pathlib
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

SPARQ = os.path.abspath(sys.argv.pop(1))
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
KINDS = {"B": "|u1", "b": "|i1", "H": "<u2", "h": "<i2", "i": "<i4", "f": "<f4"}


def npy(kind, shape, values, fortran=False):
    shape_text = "".join(f"{n}, " for n in shape)
    text = f"{{'descr': '{KINDS[kind]}', 'fortran_order': {fortran}, 'shape': ({shape_text}), }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
    return head + array.array(kind, values).tobytes()


def read_npy(path, kind):
    data = pathlib.Path(path).read_bytes()
    return array.array(kind, data[10 + struct.unpack("<H", data[8:10])[0] :]).tolist()


class Command(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sparq test ")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.put("a.npy", npy("B", (2, 4), [27, 255, 0, 17, 1, 0, 200, 3]))
        self.put("w.npy", npy("b", (3, 4), [1, 1, 1, 1, -128, 127, 5, -7, 0, 2, 0, -2]))
        self.put("c.json", '{"name": "mine", "array": {"rows": 2, "cols": 3}}')
        self.before = self.listing()

    def put(self, name, content):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def listing(self):
        return sorted(str(p.relative_to(self.dir)) for p in self.dir.rglob("*"))

    def run_sparq(self, *arguments, status=0, env=None, **options):
        run = subprocess.run(
            [SPARQ, *map(str, arguments)],
            cwd=options.pop("cwd", self.dir),
            env={**os.environ, **(env or {})},
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            **options,
        )
        self.assertEqual(run.returncode, status, f"{arguments}\n{run.stdout}{run.stderr}")
        return run

    def refuse(self, *arguments, says=(), status=2, env=None):
        """Exits with `status`, says all of `says` on stderr, and leaves nothing."""
        before = self.listing()
        run = self.run_sparq(*arguments, status=status, env=env)
        for text in says:
            self.assertIn(text, run.stderr)
        self.assertEqual(self.listing(), before)
        return run

    def fake_tool(self, name, script):
        path = self.put(f"bin/{name}", "#!/bin/sh\n" + script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return {"PATH": f"{self.dir}/bin:{os.environ['PATH']}"}

    def fake_compiler(self, name, script):
        """Tells its version; does `script` when there is something to compile."""
        version = 'case "$1" in -dumpversion) exec echo 14.0.6;; -dumpfullversion) exec echo 12.2.0;; esac'
        return self.fake_tool(name, f"{version}\n{script}")

    def link_programs(self, folder, without):
        """Links every program on PATH into `folder`, but one."""
        for place in os.environ["PATH"].split(":"):
            for program in pathlib.Path(place).glob("*"):
                link = pathlib.Path(folder) / program.name
                if program.name != without and not link.is_symlink():
                    link.symlink_to(program)

    def interrupt(self, process, wait_for, sent=signal.SIGINT):
        deadline = time.monotonic() + 30
        while not wait_for() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertTrue(wait_for())
        process.send_signal(sent)
        self.assertEqual(process.wait(timeout=30), 130)
