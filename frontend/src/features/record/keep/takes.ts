import { bitsOf, type Sound, wavOf } from "../capture/wav";
import { measure } from "../measure/take";
import { database, type Place, type Take, type TakeState } from "./database";
import { announce } from "./news";

/** Milliseconds after which a take that nobody wanted makes room. */
const ASIDE_LASTS = 7 * 86_400_000;

/** Keep a take in this browser; nothing has been lost once this returns. Raises: QuotaExceededError. */
export async function keep(id: string, place: Place, sound: Sound, recovered = false): Promise<Take> {
  const bits = bitsOf(sound.samples);
  const take: Take = {
    ...place,
    id,
    rate: sound.rate,
    bits,
    measures: measure(sound),
    created: Date.now(),
    state: "deciding",
    recovered,
    attempts: 0,
    notBefore: 0,
    problem: "",
  };
  const change = (await database()).transaction(["takes", "audio", "unfinished", "seconds"], "readwrite");
  await Promise.all([
    change.objectStore("takes").put(take),
    change.objectStore("audio").put(wavOf(sound, bits), id),
    change.objectStore("unfinished").delete(id),
    change.objectStore("seconds").delete(secondsOf(id)),
    change.done,
  ]);
  announce();
  return take;
}

/** Every take that the server does not have, oldest first. */
export async function takes(): Promise<Take[]> {
  return (await database()).getAllFromIndex("takes", "created");
}

/** The WAV file of a take; undefined where it is gone. */
export async function audioOf(id: string): Promise<ArrayBuffer | undefined> {
  return (await database()).get("audio", id);
}

/** Change a take that is still there; answers whether it is. */
export async function change(id: string, what: Partial<Take>): Promise<boolean> {
  const writing = (await database()).transaction("takes", "readwrite");
  const there = await writing.store.get(id);
  const changed = there && { ...there, ...what };
  if (changed) {
    await writing.store.put(changed);
  }
  await writing.done;
  announce(changed ? { changed } : {});
  return changed !== undefined;
}

/** Send it as soon as that is possible. */
export function send(id: string): Promise<boolean> {
  return change(id, { state: "waiting", attempts: 0, notBefore: 0, problem: "" });
}

export function setState(id: string, state: TakeState): Promise<boolean> {
  return change(id, { state });
}

/** Forget a take and its sound: the server has it, or the person does not want it. */
export async function forget(ids: readonly string[], delivered?: unknown): Promise<void> {
  const writing = (await database()).transaction(["takes", "audio"], "readwrite");
  await Promise.all([
    ...ids.flatMap((id) => [writing.objectStore("takes").delete(id), writing.objectStore("audio").delete(id)]),
    writing.done,
  ]);
  announce(delivered === undefined ? {} : { delivered });
}

/** Whether it is a take of this very sentence. */
export function isAt(take: Place, place: Place): boolean {
  return take.profile === place.profile && take.promptList === place.promptList && take.position === place.position;
}

/** Make room: takes that were set aside a week ago. */
export async function tidy(now = Date.now()): Promise<void> {
  const old = (await takes()).filter((take) => take.state === "aside" && now - take.created > ASIDE_LASTS);
  if (old.length > 0) {
    await forget(old.map((take) => take.id));
  }
}

export function secondsOf(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id, 0], [id, Number.POSITIVE_INFINITY]);
}
