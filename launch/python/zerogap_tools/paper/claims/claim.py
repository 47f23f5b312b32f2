# SPDX-License-Identifier: Apache-2.0
"""A statement of the paper, where it stands, what was computed about it, and the verdict."""

import dataclasses

HOLDS = "holds"
CONDITION = "holds with a condition"
FAILS = "does not hold"
OPEN = "is left open"


@dataclasses.dataclass
class Claim:
    """`where` names equation, theorem or section; `says` is the paper's text in quotes, or its equation; `lines` say what
    was computed; `observed` depend on the machine (times, trained objectives). `numbers` are for tests."""

    where: str
    says: str
    verdict: str
    lines: list
    numbers: dict
    observed: list = dataclasses.field(default_factory=list)
    why: str = ""  # the condition, or in what it fails

    def text(self):
        verdict = f"{self.verdict}: {self.why}" if self.why else self.verdict
        lines = [f"{self.where}: {self.says}", f"  {verdict}", *(f"  {line}" for line in self.lines)]
        return "\n".join(lines + [f"  observed: {line}" for line in self.observed]) + "\n"
