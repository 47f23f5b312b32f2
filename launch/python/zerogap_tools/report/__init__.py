"""The page of runs and sweeps: zerogap report, launch/report."""
