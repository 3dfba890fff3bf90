# SPDX-License-Identifier: Apache-2.0
"""The other side of a socket for notices, as docs/notices.md describes it, for tests of producers:
written from the page alone."""

import json
import socket
import threading


class NoticeServer:
    """Answers each line by `answers(path, receipt)`: a list of (outcome, members); None closes."""

    def __init__(self, path, answers):
        self.path, self.answers, self.told = str(path), answers, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def converse(self, connection):
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                if not self.answer(connection, line.removesuffix(b"\n")):
                    return

    def answer(self, connection, line):
        as_json = line.startswith(b"{")
        asked = json.loads(line) if as_json else {"file": line.decode()}
        key = "file_hex" if "file_hex" in asked else "file"
        path = bytes.fromhex(asked[key]) if key == "file_hex" else asked[key].encode()
        self.told.append(path)
        answers = self.answers(path, asked.get("receipt", False))
        for outcome, members in answers or []:
            if as_json:
                answer = json.dumps({"answer": outcome, key: asked[key], **members})
            else:
                reason = f": {members['reason']}" if "reason" in members else ""
                answer = f"{outcome} {asked[key]}{reason}"
            connection.sendall(answer.encode() + b"\n")
        return answers is not None
