# SPDX-License-Identifier: Apache-2.0
"""The files that are measured: made once by lines.cc, and looked up by their size after that."""

import dataclasses
import subprocess

from measure import say


@dataclasses.dataclass(frozen=True)
class Dataset:
    """`shape` is what lines.cc is told beside `lines` and `consumers`."""

    name: str
    lines: int
    consumers: int
    shape: tuple = ()

    def arguments(self):
        return [f"lines={self.lines}", f"consumers={self.consumers}", *self.shape]

    def scaled(self, divisor):
        """The same with fewer lines, and with consumers for as many of them each."""
        return dataclasses.replace(
            self, lines=self.lines // divisor, consumers=max(1, self.consumers // divisor)
        )


class Datasets:
    """Makes files in a folder. `divisor` makes all of them smaller; `keep` leaves them there."""

    def __init__(self, lines_program, folder, divisor=1, keep=False):
        self.lines_program = lines_program
        self.folder = folder
        self.divisor = divisor
        self.keep = keep
        folder.mkdir(parents=True, exist_ok=True)

    def make(self, dataset):
        """The path of its file, which is there and whole. Beside it, NAME.made says what it is."""
        dataset = dataset.scaled(self.divisor)
        path, made = self.folder / dataset.name, self.folder / f"{dataset.name}.made"
        arguments = " ".join(dataset.arguments())
        if path.exists() and made.exists():
            if made.read_text() == f"{path.stat().st_size} {arguments}\n":
                return path
        say(f"  making {dataset.name}: {arguments}")
        with open(path, "wb") as out:
            subprocess.run([self.lines_program, *dataset.arguments()], stdout=out, check=True)
        made.write_text(f"{path.stat().st_size} {arguments}\n")
        return path

    def done(self, path):
        """Nothing more will be measured with this file."""
        if not self.keep:
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".made").unlink(missing_ok=True)
