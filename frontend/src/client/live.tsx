import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { Schemas } from "@/client/api";
import { takeEnd, takeJob } from "@/client/jobs";

/** What the server sends (GET /api/events), by its kind. */
export interface LiveEvents {
  /** How a job stands now. */
  job: Schemas["Job"];
  /** One line that a job said. */
  log: Schemas["LogLine"] & { job: number };
  /**
   * Lines that a run's trainer wrote; null for one that a power cut left. withdrawn: how many of the latest lines that
   * were told before count no more, for the run was killed and took another way.
   */
  metrics: { run: string; first: number; withdrawn: number; lines: (Record<string, unknown> | null)[] };
}

export type LiveKind = keyof LiveEvents;
type Listener<K extends LiveKind> = (data: LiveEvents[K]) => void;

interface LiveContext {
  /** Whether the server can be heard at this moment. */
  connected: boolean;
  /** Rises when something may have been missed: what is kept from events is asked for anew then. */
  times: number;
  /** Hear events of a kind, until the returned function is called. */
  hear: <K extends LiveKind>(kind: K, listener: Listener<K>) => () => void;
}

const Context = createContext<LiveContext | null>(null);

/** Milliseconds after which a stream that the browser gave up is asked for again. */
const AGAIN = 3000;

/** Jobs, log lines and metrics as they come; a stream that broke goes on where it was, and misses nothing. */
export function Live({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const listeners = useRef(new Map<LiveKind, Set<(data: never) => void>>());
  const [connected, setConnected] = useState(true);
  const [times, setTimes] = useState(0);

  useEffect(() => {
    let source: EventSource;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let wasLost = false;
    const tell = (kind: LiveKind, data: unknown) => {
      for (const listener of listeners.current.get(kind) ?? []) {
        listener(data as never);
      }
    };
    const hello = (event: MessageEvent<string>) => {
      const { resumed } = JSON.parse(event.data) as { resumed: boolean };
      if (!resumed) {
        setTimes((before) => before + 1);
      }
      // What has no events of its own may have changed, too.
      if (wasLost) {
        void queries.invalidateQueries();
      }
      wasLost = false;
    };
    const open = () => {
      source = new EventSource("/api/events");
      source.onopen = () => setConnected(true);
      source.onerror = () => {
        wasLost = true;
        setConnected(false);
        // Where a connection broke, the browser connects again by itself, with the id of the last event that it saw. To
        // an answer that is no stream, such as of a server that is busy or of a proxy before it, it never comes back.
        if (source.readyState === EventSource.CLOSED) {
          waiting = setTimeout(open, AGAIN);
        }
      };
      source.addEventListener("hello", hello);
      for (const kind of ["job", "log", "metrics"] as const) {
        source.addEventListener(kind, (event: MessageEvent<string>) => {
          const data: unknown = JSON.parse(event.data);
          tell(kind, data);
          if (kind === "job") {
            takeJob(queries, data as LiveEvents["job"]);
            takeEnd(queries, data as LiveEvents["job"]);
          }
        });
      }
    };
    open();
    return () => {
      clearTimeout(waiting);
      source.close();
    };
  }, [queries]);

  const hear = useCallback(<K extends LiveKind>(kind: K, listener: Listener<K>) => {
    const all = listeners.current.get(kind) ?? new Set();
    listeners.current.set(kind, all);
    all.add(listener);
    return () => void all.delete(listener);
  }, []);

  const value = useMemo<LiveContext>(() => ({ connected, times, hear }), [connected, times, hear]);
  return <Context value={value}>{children}</Context>;
}

export function useLive(): LiveContext {
  const live = useContext(Context);
  if (live === null) {
    throw new Error("useLive is for what stands inside Live.");
  }
  return live;
}
