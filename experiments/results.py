"""RESULTS.md, the README's scores and docs/figures from the run folders under results/.

python -m experiments.results
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from experiments import script
from pclip.errors import PclipError
from pclip.missions import draw_missions, load_missions
from pclip.report import write_report, write_results_md
from pclip.report.distillation import distillation_section
from pclip.report.figures import save
from pclip.report.figures.probe import draw_probe
from pclip.report.language import PREFIX, language_section
from pclip.report.pretraining import draw_pretraining, pretraining_section
from pclip.report.probe import probe_section
from pclip.report.readme import write_readme
from pclip.report.run_files import read_run

# Folders under results/, each with results.json and the command that made it in command.txt. The
# full protocol comes first: where several runs answer a claim, the first one's answer leads.
RUNS = (
    "paper",
    "paper_flow",
    "paper_random",
    "paper_no_localisation",
    "paper_paper_size",
    "unseen_tool",
    "unseen_recording",
    "unseen_flow",
    "reproduce",
    "leak_nameless",
    "leak_paper",
    "leak_legacy38",
    "heads",
    "scarcity",
)
# Runs that differ in captions or graphs alone: one section, not one a run.
ARMS = ("templates", "paraphrases", "shipped", "pruned", "shuffled", "random_words")
# Experiments with the encoders: folder under results/ -> what makes its section of RESULTS.md and
# what draws its figure, if it has one.
ENCODER_RUNS = {
    "pretrain": (pretraining_section, draw_pretraining),
    "probe": (probe_section, draw_probe),
    "distil": (distillation_section, None),
}
# What the README shows of the first run.
SHOWN = ("learning_curves", "per_class_reasoning_round")
# Runs of the reduced protocol, which the README shows split by split.
REDUCED = ("reproduce", "unseen_tool", "unseen_recording", "unseen_flow")


def main(root: Path) -> None:
    """Rewrite RESULTS.md, the scores in README.md and docs/figures from `root`/results."""
    there = [name for name in RUNS if (root / "results" / name / "results.json").exists()]
    if not there:
        raise PclipError(f"no results under {root / 'results'}: expected one of {', '.join(RUNS)}")
    runs = []
    for name in there:
        folder = root / "results" / name
        write_report(folder)
        # A repository keeps the figures once, in the form that stays sharp.
        for made in (folder / "report.html", *(folder / "figures").glob("*.png")):
            made.unlink()
        command = (folder / "command.txt").read_text(encoding="utf-8").strip()
        runs.append((name, folder, command))
    arms = {name: root / "results" / f"{PREFIX}{name}" for name in ARMS}
    language = {name: read_run(folder) for name, folder in arms.items() if folder.exists()}
    sections = [language_section(language), *encoder_sections(root / "results")]
    write_results_md(runs, root / "RESULTS.md", sections)
    reduced = [read_run(folder) for name, folder, _ in runs if name in REDUCED]
    write_readme(root / "README.md", read_run(runs[0][1]), reduced)
    figures = root / "docs" / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    draw_missions(load_missions(), figures / "missions.svg")
    for path in sorted((root / "results" / there[0] / "figures").glob("*.svg")):
        if path.stem in SHOWN:
            shutil.copyfile(path, figures / path.name)


def encoder_sections(results: Path) -> list[str]:
    """Sections of the runs of `ENCODER_RUNS` that are there; their figures are drawn anew."""
    sections = []
    for name, (tell, draw) in ENCODER_RUNS.items():
        folder = results / name
        if (folder / "results.json").exists():
            for made in save(draw(folder), folder / "figures") if draw else ():
                if made.suffix == ".png":
                    made.unlink()
            sections.append(tell(folder, (folder / "command.txt").read_text().strip()))
    return sections


if __name__ == "__main__":
    # It takes no options, so that one is not lost unnoticed.
    argparse.ArgumentParser(description=str(__doc__).splitlines()[0]).parse_args()
    script.run(lambda: main(Path.cwd()))
