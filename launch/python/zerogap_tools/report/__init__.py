# SPDX-License-Identifier: Apache-2.0
"""The page of runs and sweeps: zerogap report, launch/report."""
