# SPDX-License-Identifier: Apache-2.0
"""Draws zerogap's results: a page of runs and sweeps, one run's curves, and the paper's figures."""
