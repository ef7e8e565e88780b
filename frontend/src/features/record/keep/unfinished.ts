import { newKey } from "@/client/key";
import { joined, type Sound } from "../capture/wav";
import { database, type Place, type Take, type Unfinished } from "./database";
import { keep, secondsOf } from "./takes";

const LOCK = "coaxial.recording.";

/** A take while it is spoken: each second of it is in the browser's database a moment later. */
export class Speaking {
  readonly id = newKey();
  private readonly all: Float32Array<ArrayBuffer>[] = [];
  private unwritten: Float32Array<ArrayBuffer>[] = [];
  private count = 0;
  private second = 0;
  private length = 0;
  private release = () => {};
  /** Writes go one after the other; the first that fails is told of at the end. */
  private writing: Promise<unknown>;

  constructor(
    private readonly place: Place,
    private readonly rate: number,
    private readonly onFailure: (error: unknown) => void,
  ) {
    void hold(LOCK + this.id, new Promise<void>((resolve) => (this.release = resolve)));
    const begun: Unfinished = { ...place, id: this.id, rate, created: Date.now() };
    this.writing = this.write(async () => (await database()).put("unfinished", begun), Promise.resolve());
  }

  get seconds(): number {
    return this.length / this.rate;
  }

  add(samples: Float32Array<ArrayBuffer>): void {
    this.all.push(samples);
    this.unwritten.push(samples);
    this.count += samples.length;
    this.length += samples.length;
    if (this.count >= this.rate) {
      this.flush();
    }
  }

  /** The end of it: the take with its file, kept. Raises: QuotaExceededError. */
  async finish(): Promise<Take> {
    await this.writing;
    const sound = this.sound();
    try {
      return await keep(this.id, this.place, sound);
    } finally {
      this.release();
    }
  }

  /** As if it had never begun. */
  async discard(): Promise<null> {
    await this.writing;
    await drop(this.id);
    this.release();
    return null;
  }

  private sound(): Sound {
    return { samples: joined(this.all), rate: this.rate };
  }

  private flush(): void {
    const [second, samples] = [this.second, joined(this.unwritten)];
    this.unwritten = [];
    this.count = 0;
    this.second += 1;
    this.writing = this.write(async () => (await database()).put("seconds", samples, [this.id, second]), this.writing);
  }

  private write(work: () => Promise<unknown>, before: Promise<unknown>): Promise<unknown> {
    return before.then(work).catch(this.onFailure);
  }
}

/** Turn what was cut short by a crash or a closed tab into takes to decide on; answers those that became one. */
export async function recover(): Promise<Take[]> {
  const found: Take[] = [];
  const spoken = await locked();
  for (const one of await (await database()).getAll("unfinished")) {
    if (spoken.has(LOCK + one.id)) {
      continue;
    }
    const seconds = await (await database()).getAll("seconds", secondsOf(one.id));
    if (seconds.length === 0) {
      await drop(one.id);
      continue;
    }
    const { id, rate, created: _, ...place } = one;
    found.push(await keep(id, place, { samples: joined(seconds), rate }, true));
  }
  return found;
}

async function drop(id: string): Promise<void> {
  const writing = (await database()).transaction(["unfinished", "seconds"], "readwrite");
  await Promise.all([
    writing.objectStore("unfinished").delete(id),
    writing.objectStore("seconds").delete(secondsOf(id)),
    writing.done,
  ]);
}

async function hold(name: string, until: Promise<void>): Promise<void> {
  await (navigator.locks as LockManager | undefined)?.request(name, () => until);
}

/** What other tabs speak at this moment is theirs. */
async function locked(): Promise<Set<string>> {
  const state = await (navigator.locks as LockManager | undefined)?.query();
  return new Set((state?.held ?? []).map((lock) => lock.name ?? ""));
}
