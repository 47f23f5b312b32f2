# SPDX-License-Identifier: Apache-2.0
"""The mathematics of docs/theory.md in NumPy, double precision, for tests/golden/make_cases.py."""
