import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";

/** Kinds of events that the server sends (GET /api/events). */
export type LiveKind = "job" | "log" | "metrics";

type Listener = (data: unknown) => void;

interface LiveContext {
  /** Whether the server can be heard at this moment. */
  connected: boolean;
  /** Hear events of a kind, until the returned function is called. */
  hear: (kind: LiveKind, listener: Listener) => () => void;
}

const Context = createContext<LiveContext | null>(null);

/** Jobs, log lines and metrics as they come; a stream that broke goes on where it was, and misses nothing. */
export function Live({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const listeners = useRef(new Map<LiveKind, Set<Listener>>());
  const [connected, setConnected] = useState(true);

  useEffect(() => {
    // The browser connects again by itself, with the id of the last event that it saw.
    const source = new EventSource("/api/events");
    let wasLost = false;
    source.onopen = () => {
      setConnected(true);
      if (wasLost) {
        void queries.invalidateQueries();
      }
    };
    source.onerror = () => {
      wasLost = true;
      setConnected(false);
    };
    for (const kind of ["job", "log", "metrics"] as const) {
      source.addEventListener(kind, (event) => {
        const data: unknown = JSON.parse((event as MessageEvent<string>).data);
        for (const listener of listeners.current.get(kind) ?? []) {
          listener(data);
        }
        if (kind === "job") {
          void queries.invalidateQueries({ queryKey: ["jobs"] });
        }
      });
    }
    return () => source.close();
  }, [queries]);

  const value = useMemo<LiveContext>(
    () => ({
      connected,
      hear: (kind, listener) => {
        const all = listeners.current.get(kind) ?? new Set<Listener>();
        listeners.current.set(kind, all);
        all.add(listener);
        return () => all.delete(listener);
      },
    }),
    [connected],
  );
  return <Context value={value}>{children}</Context>;
}

export function useLive(): LiveContext {
  const live = useContext(Context);
  if (live === null) {
    throw new Error("useLive is for what stands inside Live.");
  }
  return live;
}
