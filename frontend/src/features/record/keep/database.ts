import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Bits } from "../capture/wav";
import type { Measures } from "../measure/take";

/** Where a take belongs: whose voice, which sentence. */
export interface Place {
  profile: string;
  promptList: string;
  /** Of the prompt in its list, from 1. */
  position: number;
  /** What was read. */
  text: string;
}

/** deciding: heard again before it is kept. aside: another one was taken. waiting: on its way. refused: by the server. */
export type TakeState = "deciding" | "aside" | "waiting" | "refused";

/** A take that the server does not have yet. */
export interface Take extends Place {
  /** Names it for the server too, so that it arrives once however often it is sent. */
  id: string;
  rate: number;
  bits: Bits;
  measures: Measures;
  /** Milliseconds since 1970. */
  created: number;
  state: TakeState;
  /** Whether it was cut short by a crash or a closed tab. */
  recovered: boolean;
  attempts: number;
  /** Milliseconds since 1970 before which it is not sent again. */
  notBefore: number;
  /** What the server said when it refused it. */
  problem: string;
  /** Which kind of problem that is (ProblemError.kind); there since takes are refused in the page's words. */
  kind?: string;
}

/** A take that is being spoken, or was when the tab went away. */
export interface Unfinished extends Place {
  id: string;
  rate: number;
  created: number;
}

export interface Keeping extends DBSchema {
  takes: { key: string; value: Take; indexes: { created: number } };
  /** WAV files, by the id of their take. */
  audio: { key: string; value: ArrayBuffer };
  unfinished: { key: string; value: Unfinished };
  /** Samples of each second, by the id of the take and the number of the second. */
  seconds: { key: [string, number]; value: Float32Array<ArrayBuffer> };
}

export type Database = IDBPDatabase<Keeping>;

export const NAME = "coaxial.takes";

let opened: Promise<Database> | null = null;

/** The database of this browser, opened once. Raises: DOMException where the browser keeps nothing. */
export function database(): Promise<Database> {
  opened ??= openDB<Keeping>(NAME, 1, {
    upgrade(fresh) {
      fresh.createObjectStore("takes", { keyPath: "id" }).createIndex("created", "created");
      fresh.createObjectStore("audio");
      fresh.createObjectStore("unfinished", { keyPath: "id" });
      fresh.createObjectStore("seconds");
    },
    blocking(_now, _wanted, event) {
      (event.target as IDBDatabase).close();
      opened = null;
    },
    terminated() {
      opened = null;
    },
  }).catch((error: unknown) => {
    opened = null;
    throw error;
  });
  return opened;
}
