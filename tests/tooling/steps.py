"""Steps of the set-up: done once, started over by themselves when interrupted.

A step is done if its stamp file holds the hash of its inputs. The stamp is
written last, so a step that was interrupted has none and is made again.
"""

import fcntl
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import places


class Problem(Exception):
    """Something that the user has to mend; the message is one line and says how."""


def say(text):
    print(text, flush=True)


def fingerprint(inputs):
    """Return a short hash of anything that JSON can hold."""
    text = json.dumps(inputs, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def need(tool, how):
    """Return the path of a program, or say in one line how to get it."""
    path = shutil.which(tool)
    if not path:
        raise Problem(f"{tool} is missing: {how}")
    return path


class Step:
    """One step: ``inputs()`` is what it depends on, ``make(report)`` does it."""

    def __init__(self, name, title, inputs, make, still_there=lambda: True):
        self.name, self.title = name, title
        self.inputs, self.make, self.still_there = inputs, make, still_there

    @property
    def stamp(self):
        return places.STAMPS / self.name

    def is_done(self):
        wanted = fingerprint(self.inputs())
        return self.stamp.is_file() and self.stamp.read_text() == wanted and self.still_there()

    def run(self, report):
        self.stamp.unlink(missing_ok=True)
        wanted = fingerprint(self.inputs())
        self.make(report)
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.stamp.with_suffix(".part")
        unfinished.write_text(wanted)
        unfinished.rename(self.stamp)


class Report:
    """Says what a step does, how far it is and how long it took."""

    def __init__(self, label):
        self.label = label
        self.started = self.last = time.monotonic()
        self.written = ""
        self.terminal = sys.stdout.isatty()

    def progress(self, text):
        """Show how far the step is: in place on a terminal, else now and then."""
        if self.terminal:
            blank = " " * max(0, len(self.written) - len(text))
            print(f"\r{self.label} ... {text}{blank}", end="", flush=True)
            self.written = text
        elif time.monotonic() - self.last > 10:
            self.last = time.monotonic()
            say(f"{self.label} ... {text}")

    def done(self):
        blank = " " * len(self.written)
        took = time.monotonic() - self.started
        start = "\r" if self.terminal else ""
        say(f"{start}{self.label} ... done in {took:.0f} s{blank}")


def run_steps(steps):
    """Make those of the steps that are not done yet."""
    for number, step in enumerate(steps, start=1):
        if step.is_done():
            continue
        report = Report(f"[{number}/{len(steps)}] {step.title}")
        say(f"{report.label} ...")
        step.run(report)
        report.done()


def run(command, log, watch=None, **options):
    """Run a command with its output in a log file; its end is shown on failure.

    ``watch(line)`` gets each line of output, to tell how far the command is.
    """
    places.LOGS.mkdir(parents=True, exist_ok=True)
    path = places.LOGS / f"{log}.log"
    with path.open("w") as out:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **options,
        )
        with ends_with_us(process):
            for line in process.stdout:
                out.write(line)
                if watch:
                    watch(line)
    if process.returncode:
        tail = "\n".join(path.read_text().splitlines()[-30:])
        shown = shlex.join(str(part) for part in command[:4])
        raise Problem(f"{tail}\n{shown} ... failed, the whole output is in {path}")


def foreground(command, gently=signal.SIGTERM, **options):
    """Run a command with our terminal and return its exit code.

    On a terminal Ctrl-C reaches it without us; else we pass the signal on. When
    we are told to end, it gets the signal ``gently`` and time to clean up.
    """
    process = subprocess.Popen([str(part) for part in command], **options)

    def pass_on(number, _frame):
        if not sys.stdin.isatty():
            process.send_signal(number)

    before = signal.signal(signal.SIGINT, pass_on)
    try:
        with ends_with_us(process, 30, gently):
            process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return process.returncode


@contextmanager
def ends_with_us(process, patience=10, gently=signal.SIGTERM):
    """Wait for a process; when we are interrupted it is stopped first."""
    try:
        yield process
        process.wait()
    except BaseException:
        stop(process, patience, gently)
        raise


def stop(process, patience=10, gently=signal.SIGTERM):
    """End a process of ours, kindly at first."""
    if process.poll() is None:
        process.send_signal(gently)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def lock(name, waiting_for="another run of tests/sandbox"):
    """Hold a file lock, so that two runs do not destroy each other's work."""
    with open_lock(name) as handle:
        acquire(handle, fcntl.LOCK_EX, waiting_for)
        yield


@contextmanager
def steps_done(steps):
    """Make the steps that are not done, and let nobody remake them meanwhile.

    Runs that find all steps done work side by side.
    """
    with open_lock("sandbox") as handle:
        acquire(handle, fcntl.LOCK_SH, "another run that sets up the sandbox")
        if not all(step.is_done() for step in steps()):
            acquire(handle, fcntl.LOCK_EX, "another run that uses the sandbox")
            run_steps(steps())
            acquire(handle, fcntl.LOCK_SH, "another run that sets up the sandbox")
        yield


def open_lock(name):
    places.SANDBOX.mkdir(exist_ok=True)
    return open(places.SANDBOX / f"{name}.lock", "w")


def acquire(handle, kind, waiting_for):
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"Waiting for {waiting_for} ...")
        fcntl.flock(handle, kind)


def replace_folder(unfinished, folder):
    """Put a finished folder in the place of the old one."""
    if folder.exists():
        shutil.rmtree(folder)
    os.replace(unfinished, folder)


def empty_folder(folder):
    """Return a new, empty folder in place of what an interrupted run left."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder
