"""The mathematics of docs/theory.md in NumPy, double precision, for tests/golden/make_cases.py."""
