"""Queued work: what the table says is so, Celery carries ids, and every job runs in a process of its own."""
