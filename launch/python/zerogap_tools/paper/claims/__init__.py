# SPDX-License-Identifier: Apache-2.0
"""Statements of the paper that its figures do not decide, each with a smallest example, computed on request."""

from zerogap_tools.paper.claims import by_hand, counting, experiments, programs

# In the paper's order of thought: the theorems, the number of patterns, the program's size, the experiments.
ALL = (*by_hand.ALL, *programs.ALL, *counting.ALL, *experiments.ALL)


def computed():
    """All claims, one after the other."""
    for claim in ALL:
        yield claim()
