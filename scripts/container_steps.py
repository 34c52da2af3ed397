"""Runs the steps of the Dockerfile where there is no container engine: ``make container``.

Each stage gets a copy-on-write view of this machine's own files (an overlay, in a mount namespace that ends with the
script) in place of its base image. In it the steps run as written: COPY with ``.dockerignore`` and from other stages,
RUN in the stage's folder, environment and user, and at last the entry point as the image's user, in a network namespace
without a route. What this cannot show: that the base image brings enough, and the size of the image.

Needs root and Linux's overlay file system; the package index for the builds. Price: one build and one installation.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TRIAL = "map instructions.jsonl -o map.html"  # what the finished image must do, in a folder of the user who runs it
VISITOR = "4242"  # that user: not the image's own


def instructions(text: str) -> list[tuple[str, str]]:
    """Split a Dockerfile into (instruction, arguments); comments are dropped, continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    found = [line.strip().partition(" ") for line in joined.splitlines() if line.strip()]
    return [(name.upper(), rest.strip()) for name, _, rest in found]


def sent(context: Path, ignore: str) -> list[Path]:
    """Name the top-level files and folders that ``.dockerignore`` leaves; only rules of that level are known here."""
    rules = [line.strip() for line in ignore.splitlines() if line.strip() and not line.startswith("#")]
    kept = []
    for path in sorted(context.iterdir()):
        fits = [rule for rule in rules if fnmatch.fnmatch(path.name, rule.lstrip("!").strip("/"))]
        if not fits or fits[-1].startswith("!"):
            kept.append(path)
    return kept


@dataclass
class Stage:
    """One stage while its steps run."""

    root: Path
    folder: str = "/"
    user: str = "0"
    variables: dict[str, str] = field(default_factory=dict)
    entry: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, scratch: Path, base: str) -> Stage:
        """Lay a fresh view over this machine's files."""
        parts = [scratch / name for name in ("upper", "work", "merged")]
        for part in parts:
            part.mkdir(parents=True)
        layers = f"lowerdir=/,upperdir={parts[0]},workdir={parts[1]}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(parts[2])], check=True)
        for name in ("dev", "proc"):
            subprocess.run(["mount", "--rbind", f"/{name}", str(parts[2] / name)], check=True)
        stage = cls(parts[2])
        python = Path(sys.base_prefix)
        for above in python.parents[:-1]:  # the image's user must reach this Python, wherever it lies
            place = stage.root / above.relative_to("/")
            place.chmod(place.stat().st_mode | 0o555)
        stage.variables["PATH"] = f"{python / 'bin'}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        (stage.root / "tmp").chmod(0o1777)
        print(f"   a view of this machine stands for {base}")
        return stage

    def inside(self, path: str) -> Path:
        """Give the place of a path of the image."""
        return self.root / (Path(self.folder) / path).relative_to("/")

    def run(self, command: list[str], *, network: bool = True) -> None:
        """Run a command in the stage."""
        passed = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_CERT"))}
        prefix = [] if network else ["unshare", "--net"]
        shell = f'cd "$1" && shift && exec setpriv --reuid {self.user} --regid {self.user} --clear-groups "$@"'
        subprocess.run(
            [*prefix, "chroot", str(self.root), "/bin/sh", "-euc", shell, "sh", self.folder, *command],
            check=True,
            env=passed | {"HOME": self.home()} | self.variables,
        )

    def home(self) -> str:
        """Give the home of the stage's user, as an engine finds it."""
        entries = [line.split(":") for line in (self.root / "etc" / "passwd").read_text(encoding="utf8").splitlines()]
        return next((entry[5] for entry in entries if entry[2] == self.user), "/")


def copy(stage: Stage, stages: dict[str, Stage], rest: str) -> None:
    """Do a COPY step."""
    words = shlex.split(rest)
    source = next((word.partition("=")[2] for word in words if word.startswith("--from=")), None)
    *origins, target = [word for word in words if not word.startswith("--")]
    place = stage.inside(target)
    for origin in origins:
        if source is not None:
            shutil.copytree(stages[source].inside(origin), place, symlinks=True, dirs_exist_ok=True)
            continue
        seen = sent(ROOT, (ROOT / ".dockerignore").read_text(encoding="utf8"))
        chosen = seen if origin == "." else [path for path in seen if path.name == Path(origin).name]
        if not chosen:
            sys.exit(f"COPY {rest}: .dockerignore leaves nothing of {origin}")
        for path in chosen:
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, place / path.name)


def build(scratch: Path) -> Stage:
    """Run all steps; give the last stage."""
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for name, rest in instructions((ROOT / "Dockerfile").read_text(encoding="utf8")):
        print(f"-- {name} {rest}", flush=True)
        if name == "FROM":
            base, _, alias = rest.partition(" AS ")
            stage = stages[alias or str(len(stages))] = Stage.begin(scratch / str(len(stages)), base)
            continue
        if stage is None:
            sys.exit(f"{name} stands before FROM")
        if name == "WORKDIR":
            stage.folder = rest
            stage.inside(".").mkdir(parents=True, exist_ok=True)
        elif name == "ENV":
            own = dict(word.split("=", 1) for word in shlex.split(rest))
            stage.variables |= {key: value.replace("$PATH", stage.variables["PATH"]) for key, value in own.items()}
        elif name == "USER":
            stage.user = rest
        elif name == "COPY":
            copy(stage, stages, rest)
        elif name == "RUN":
            stage.run(["/bin/sh", "-euc", rest])
        elif name in ("ENTRYPOINT", "CMD"):
            words = [word.strip(' "') for word in rest.strip("[]").split(",")]
            stage.entry, stage.arguments = (words, []) if name == "ENTRYPOINT" else (stage.entry, words)
        else:
            sys.exit(f"{name}: this script knows no such step")
    if stage is None:
        sys.exit("the Dockerfile has no stage")
    return stage


def main() -> None:
    """Build, then use what was built."""
    if os.environ.get("TASKSCAPE_IN_NAMESPACE") is None:
        own = ["unshare", "--mount", sys.executable, __file__]
        sys.exit(subprocess.run(own, env=os.environ | {"TASKSCAPE_IN_NAMESPACE": "1"}, check=False).returncode)
    with tempfile.TemporaryDirectory() as folder:
        # Copies of the overlay go to a file system of their own: an overlay's upper layer cannot lie in its lower one.
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
        try:
            stage = build(Path(folder))
            if stage.user == "0":
                sys.exit("the image's user is root")
            stage.run([*stage.entry, *stage.arguments], network=False)
            shutil.copy2(ROOT / "examples" / "instructions.jsonl", stage.inside("/data/instructions.jsonl"))
            os.chown(stage.inside("/data"), int(VISITOR), int(VISITOR))  # as a mounted folder of the one who runs it
            stage.user = VISITOR
            print(f"-- as user {VISITOR}, without network: taskscape {TRIAL}", flush=True)
            stage.run([*stage.entry, *shlex.split(TRIAL)], network=False)
            print(f"The last stage adds {_size(Path(folder) / '1' / 'upper'):,} MB to its base image.")
        finally:
            subprocess.run(["umount", "--recursive", "--lazy", folder], check=True)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) // 1_000_000


if __name__ == "__main__":
    main()
