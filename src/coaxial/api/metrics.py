"""Figures of one server for Prometheus, in its text format."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from coaxial import __version__
from coaxial.domain.errors import CoaxialError
from coaxial.domain.jobs import KINDS, STATES
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.workflows.gpus import list_gpus

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """What a server counts, and what it looks up when it is asked."""

    def __init__(self, settings: Settings) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "coaxial_http_request_seconds",
            "How long requests took, streams of events left out.",
            ("method", "route", "status"),
            registry=self._registry,
            buckets=_SECONDS,
        )
        self.streams = Gauge("coaxial_event_streams", "Streams of events that are open.", registry=self._registry)
        self._registry.register(_Studio(settings))
        ProcessCollector(registry=self._registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered. route: its path with the names of its parts, so that there are few."""
        self._seconds.labels(method, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """All figures at this moment."""
        return generate_latest(self._registry)


class _Studio(Collector):
    """Figures of the data directory and of this machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        """As a registry asks for them."""
        yield _one("coaxial_info", "The version of coaxial.", [((__version__,), 1)], "version")
        yield from self._rows()
        free = shutil.disk_usage(self._settings.data_dir).free
        yield _one("coaxial_disk_free_bytes", "Free where the data lies.", [((), free)])
        gpus = list_gpus()
        used = [((str(gpu.index),), gpu.memory_used) for gpu in gpus]
        yield _one("coaxial_gpu_memory_used_bytes", "Memory of a GPU that is used, by whatever program.", used, "gpu")
        total = [((str(gpu.index),), gpu.memory_total) for gpu in gpus]
        yield _one("coaxial_gpu_memory_total_bytes", "Memory of a GPU.", total, "gpu")
        busy = [((str(gpu.index),), gpu.busy) for gpu in gpus if gpu.busy is not None]
        yield _one("coaxial_gpu_busy_ratio", "Part of the last second in which a GPU worked.", busy, "gpu")

    def _rows(self) -> Iterator[Metric]:
        counts = {(str(kind), str(state)): 0 for kind in KINDS for state in STATES}
        try:
            with open_store(self._settings) as store:
                counts.update(store.job_counts())
                workers = len(store.workers(within=self._settings.job_lease))
        except CoaxialError:
            yield _one("coaxial_store_up", "Whether the database answers.", [((), 0)])
            return
        yield _one("coaxial_store_up", "Whether the database answers.", [((), 1)])
        yield _one("coaxial_jobs", "Jobs by kind and state.", counts.items(), "kind", "state")
        yield _one("coaxial_workers", "Workers that were heard of lately, on all machines.", [((), workers)])


def _one(name: str, words: str, values: Iterable[tuple[Sequence[str], float]], *labels: str) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for names, value in values:
        family.add_metric(names, value)
    return family
