# SPDX-License-Identifier: Apache-2.0
"""A real server for tests: a process of its own on loopback, in a folder of its own.

It is stopped by its process, never by a name, and dies with the process that started it. Its port
stays the same when it is stopped and started again.
"""

import concurrent.futures
import ctypes
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HOST = "127.0.0.1"
START_SECONDS_MAX = 120  # on a machine with much else to do
STOP_SECONDS_MAX = 120
# Below what the system gives to outgoing connections: a port stays free while its server is down.
PORTS = range(15000, 32000)
PORT_TRIALS_MAX = 1000
POLL_SECONDS = 0.02
LOG_LINES_SHOWN = 40

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
# The signal of a parent's death comes when the *thread* ends that started the child: so one thread
# starts all, and lives as long as this process.
STARTER = concurrent.futures.ThreadPoolExecutor(1, "server starter")


class ServerError(Exception):
    pass


def free_port():
    for _ in range(PORT_TRIALS_MAX):
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as trial:
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
            return port
    raise ServerError(f"no free port in {PORTS}")


def account_for(name):
    """The account that a server runs as: root drops to the server's own, others stay who they are.
    """
    return pwd.getpwnam(name) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


MEMORY_BYTES_MIN = 4 << 30
FOLDER_PREFIX = "weir-server-"


def quick_base():
    """In memory, where there is room: what servers write in tests need not survive the machine."""
    memory = pathlib.Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_BYTES_MIN
    return memory if roomy else pathlib.Path(tempfile.gettempdir())


def private_folder(account):
    """A new folder that belongs to the account. What earlier processes left that were killed goes.
    """
    base = quick_base()
    for left in base.glob(f"{FOLDER_PREFIX}[0-9]*-*"):
        owner = left.name[len(FOLDER_PREFIX):].split("-")[0]
        if not pathlib.Path("/proc", owner).exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=base))
    os.chown(folder, account.pw_uid, account.pw_gid)
    return folder


class Server:
    """What all of them share. A subclass says how it is made, started, asked and told to stop."""

    program = ""        # what it is, for people
    account_name = ""   # whom it runs as instead of root
    death_signal = signal.SIGKILL  # what it gets when this process dies
    stops = {}          # the ways to stop it: a name, and the signal

    def __init__(self):
        self.account = account_for(self.account_name)
        self.folder = private_folder(self.account)
        self.port = free_port()
        self.process = None

    def __enter__(self):
        try:
            self.make()
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_):
        self.remove()

    # --- for subclasses ---

    def make(self):
        """Prepares the folder, once."""

    def command(self):
        raise NotImplementedError

    def ready(self):
        """Whether it answers; False or an exception while it does not."""
        raise NotImplementedError

    # --- for tests ---

    @property
    def pid(self):
        return self.process.pid

    @property
    def log(self):
        return self.folder / "log"

    def running(self):
        return self.process is not None and self.process.poll() is None

    def start(self, wait=True):
        """Returns when it answers; with wait=False at once."""
        if self.running():
            raise ServerError(f"{self.program} runs already")
        self.process = self.spawn(self.command(), self.log)
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self):
        self.wait_for(self.ready, "answer")

    def wait_for(self, condition, what):
        """Polls until the condition holds; an exception counts as not yet."""
        deadline = time.monotonic() + START_SECONDS_MAX
        last = None
        while True:
            if not self.running():
                raise ServerError(f"{self.program} ended\n{self.log_tail()}")
            try:
                if condition():
                    return
            except Exception as error:  # not yet; said if it never comes
                last = error
            if time.monotonic() > deadline:
                raise ServerError(f"{self.program} did not {what} in {START_SECONDS_MAX} s: {last}"
                                  f"\n{self.log_tail()}")
            time.sleep(POLL_SECONDS)

    def stop(self, how=None):
        """One of the ways in `stops`; the first where none is named. Returns when it is gone."""
        if not self.running():
            return
        self.process.send_signal(self.stops[how or next(iter(self.stops))])
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            tail = self.log_tail()
            self.process.kill()
            self.process.wait()
            raise ServerError(f"{self.program} did not stop\n{tail}") from None

    def restart(self, how=None):
        self.stop(how)
        self.start()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def remove(self):
        """Ends it, whatever its state, and takes its folder away. Nothing of it is needed."""
        if self.running():
            self.process.send_signal(self.death_signal)
            self.process.send_signal(signal.SIGCONT)
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self):
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError as error:
            return str(error)
        return "\n".join([f"{self.log}:", *lines[-LOG_LINES_SHOWN:]])

    # --- how processes run ---

    def as_account(self):
        """Options for subprocess: the server's account, its folder, nothing of our terminal."""
        options = {"cwd": self.folder, "stdin": subprocess.DEVNULL,
                   "env": {**os.environ, "TMPDIR": str(self.folder), "HOME": str(self.folder)}}
        if os.geteuid() == 0 and self.account.pw_uid != 0:
            groups = os.getgrouplist(self.account.pw_name, self.account.pw_gid)
            options.update(user=self.account.pw_uid, group=self.account.pw_gid,
                           extra_groups=groups)
        return options

    def run(self, *arguments):
        """A program that ends, as the server's account; its failure shows what it said."""
        try:
            done = subprocess.run(arguments, **self.as_account(), stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False,
                                  timeout=START_SECONDS_MAX)
        except FileNotFoundError as error:
            raise ServerError(f"{error}; install it: tools/setup.sh test") from error
        if done.returncode:
            raise ServerError(f"{arguments[0]}: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    def spawn(self, arguments, log):
        parent, death_signal = os.getpid(), self.death_signal

        def die_with_parent():
            LIBC.prctl(PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:
                os._exit(1)

        def start():
            with open(log, "ab") as output:
                # A session of its own: Ctrl-C is for the tests, which then end it.
                return subprocess.Popen([str(each) for each in arguments], **self.as_account(),
                                        stdout=output, stderr=output, start_new_session=True,
                                        preexec_fn=die_with_parent)

        try:
            return STARTER.submit(start).result()
        except FileNotFoundError as error:
            raise ServerError(f"{error}; install it: tools/setup.sh test") from error
