"""News: `emit` for what must not be lost, `broadcast` for what may.

An emitted event becomes one outbox row per subscriber, in the transaction that caused it; the dispatcher turns
rows into Celery tasks and sends them again until the task itself has marked its row done. It promises that a
flushed Redis, a killed worker or a lost message costs latency only.
"""
