"""How fast, at what cost, and compared with what: `python3 manage.py bench`.

A load generator plays charging stations from a process of its own against the gateway as it is shipped, and in the same
run against a baseline, the stack that a team would write first. Figures are CPU time first: it says the same on a busy
machine as on an idle one, which throughput and latency do not. docs/performance.md holds the measured figures.
"""
