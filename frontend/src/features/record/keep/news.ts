import type { Take } from "./database";

/** That takes changed, in this tab or another one; what else, each looks up itself. */
export interface News {
  /** How a take stands now, if that is all. */
  changed?: Take;
  /** What the server made of a take, if it has it now. */
  delivered?: unknown;
}

type Hears = (news: News) => void;

const hearers = new Set<Hears>();

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("coaxial.takes") : null;

if (channel !== null) {
  channel.onmessage = (event: MessageEvent<News>) => tell(event.data);
}

export function announce(news: News = {}): void {
  tell(news);
  channel?.postMessage(news);
}

export function hear(hears: Hears): () => void {
  hearers.add(hears);
  return () => hearers.delete(hears);
}

function tell(news: News): void {
  for (const hears of hearers) {
    hears(news);
  }
}
