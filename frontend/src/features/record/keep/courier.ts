import { bring } from "../queries";
import { Delivery } from "./delivery";
import { hear } from "./news";
import { tidy } from "./takes";

const LOCK = "coaxial.courier";

/** Whether takes are on their way; null where another tab brings them. */
export interface CourierState {
  reached: boolean | null;
}

let state: CourierState = { reached: null };
let begun = false;
const watchers = new Set<() => void>();

export function courierState(): CourierState {
  return state;
}

export function watchCourier(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Bring what waits to the server for as long as the page is open, from one of all tabs. */
export function begin(): void {
  if (begun) {
    return;
  }
  begun = true;
  const locks = navigator.locks as LockManager | undefined;
  // Without locks every tab brings all of it: the server takes each only once.
  void (locks ? locks.request(LOCK, work) : work());
}

async function work(): Promise<never> {
  const delivery = new Delivery(bring);
  await tidy().catch(() => undefined);
  for (;;) {
    const woken = woke();
    // Where the browser's database is away, takes cannot be kept either: the booth says so.
    const { wait, reached } = await delivery.run().catch(() => ({ wait: 60_000, reached: false }));
    tell({ reached });
    await woken(wait, reached);
  }
}

/** Listens from now on; the answer waits for a time, or for anything that may have changed the matter. */
function woke(): (wait: number | null, reached: boolean) => Promise<void> {
  let wake = () => {};
  let early = false;
  const stop: (() => void)[] = [];
  const rouse = () => {
    early = true;
    wake();
  };
  const news = hear(rouse);
  const events = [
    [window, "online"],
    [document, "visibilitychange"],
  ] as const;
  for (const [target, event] of events) {
    target.addEventListener(event, rouse);
    stop.push(() => target.removeEventListener(event, rouse));
  }
  return async (wait, reached) => {
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (wait !== null) {
        const timer = setTimeout(resolve, Math.max(50, wait));
        stop.push(() => clearTimeout(timer));
      }
      // What this very tab changed while it sent is no news, unless there is something to send at once.
      if (early && reached) {
        resolve();
      }
    });
    news();
    for (const one of stop) {
      one();
    }
  };
}

function tell(now: CourierState): void {
  if (now.reached !== state.reached) {
    state = now;
    for (const watcher of watchers) {
      watcher();
    }
  }
}
