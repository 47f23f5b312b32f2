# SPDX-License-Identifier: Apache-2.0
"""How launch/report, launch/plot and launch/paper start Python (run_tool in launch/common.sh):

    python launch/python report|plot|paper [ARGUMENT...]

Python puts a folder that it runs first in its module search path. So each copy of zerogap draws with its own
zerogap_tools, wherever it was moved to and whatever the environment contains.
"""

import runpy
import sys

TOOLS = ("report", "plot", "paper")

if len(sys.argv) < 2 or sys.argv[1] not in TOOLS:
    sys.exit(f"error: no tool was named (one of {', '.join(TOOLS)}); start launch/report, launch/plot or launch/paper")
runpy.run_module(f"zerogap_tools.{sys.argv.pop(1)}", run_name="__main__", alter_sys=True)
