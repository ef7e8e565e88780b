import type { Schemas } from "@/client/api";
import { problemOf } from "@/client/problem";
import { PcmReader } from "@/features/voices/speaking/pcm";

export type Wish = Partial<Schemas["SpeechRequest"]> & { text: string };

const LEAD_SECONDS = 0.08;

/**
 * Let a voice say a text, and hear it while it is still being made: each piece is put after the one before.
 *
 * Ends when the last sample was heard, or at once when the signal is aborted. Raises: ProblemError.
 */
export async function speakAloud(voice: string, wish: Wish, signal: AbortSignal, heard: () => void): Promise<void> {
  const answer = await fetch(`/api/voices/${encodeURIComponent(voice)}/speech`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...wish, format: "pcm", stream: true }),
    signal,
  });
  if (!answer.ok || answer.body === null) {
    throw await problemOf(answer);
  }
  const rate = Number(answer.headers.get("X-Sample-Rate"));
  const context = new AudioContext();
  const close = () => void context.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    const until = await play(context, answer.body.getReader(), rate, heard);
    await new Promise((end) => setTimeout(end, Math.max(0, until - context.currentTime) * 1000));
  } finally {
    // Also where the server went away in the middle of a sentence: a browser has a handful of contexts, and no more.
    if (!signal.aborted) {
      signal.removeEventListener("abort", close);
      await context.close();
    }
  }
}

/** Put each piece after the one before; answers when, in the context's seconds, the last one ends. */
async function play(
  context: AudioContext,
  pieces: ReadableStreamDefaultReader<Uint8Array>,
  rate: number,
  heard: () => void,
): Promise<number> {
  const pcm = new PcmReader();
  let until = 0;
  for (let piece = await pieces.read(); !piece.done; piece = await pieces.read()) {
    const samples = pcm.take(piece.value);
    if (samples.length === 0) {
      continue;
    }
    if (until === 0) {
      heard();
    }
    const buffer = context.createBuffer(1, samples.length, rate);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    const begin = Math.max(until, context.currentTime + LEAD_SECONDS);
    source.start(begin);
    until = begin + buffer.duration;
  }
  return until;
}
