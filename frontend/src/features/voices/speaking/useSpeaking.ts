import { useCallback, useEffect, useRef, useState } from "react";
import { speakAloud, type Wish } from "@/features/voices/speaking/speak";

export type Speaking = "silent" | "thinking" | "speaking";

/** One voice at a time: whoever begins to speak silences who spoke before. */
export function useSpeaking() {
  const [state, setState] = useState<Speaking>("silent");
  const [who, setWho] = useState("");
  const [error, setError] = useState<unknown>(null);
  const running = useRef<AbortController | null>(null);

  const stop = useCallback(() => {
    running.current?.abort();
    running.current = null;
    setState("silent");
    setWho("");
  }, []);

  const speak = useCallback(
    async (voice: string, wish: Wish, name = voice) => {
      stop();
      const mine = new AbortController();
      running.current = mine;
      setError(null);
      setState("thinking");
      setWho(name);
      try {
        await speakAloud(voice, wish, mine.signal, () => setState("speaking"));
      } catch (failure) {
        if (!mine.signal.aborted) {
          setError(failure);
        }
      } finally {
        if (running.current === mine) {
          stop();
        }
      }
    },
    [stop],
  );

  useEffect(() => stop, [stop]);
  return { state, who, error, speak, stop };
}
