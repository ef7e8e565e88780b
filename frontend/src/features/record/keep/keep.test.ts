import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ProblemError } from "@/client/problem";
import { soundOf } from "../capture/wav";
import { backoff } from "./backoff";

const place = { profile: "anna", promptList: "english", position: 3, text: "A sentence." };
const sound = { samples: new Float32Array(800).fill(0.25), rate: 8000 };

async function fresh() {
  vi.resetModules();
  globalThis.indexedDB = new IDBFactory();
  return loaded();
}

/** As after a reload: nothing is remembered but what the browser's database holds. */
async function loaded() {
  vi.resetModules();
  const [takes, delivery, unfinished, client] = await Promise.all([
    import("./takes"),
    import("./delivery"),
    import("./unfinished"),
    import("@/client/problem"),
  ]);
  return { ...takes, ...delivery, ...unfinished, ...client };
}

function noFailure(error: unknown): never {
  throw error;
}

let kept: Awaited<ReturnType<typeof loaded>>;

beforeEach(async () => {
  kept = await fresh();
});

function problem(status: number): ProblemError {
  return new kept.ProblemError(status, "No.", "Do this.");
}

describe("a take", () => {
  it("is there with its sound after a reload", async () => {
    await kept.keep("a", place, sound);
    const again = await loaded();
    expect(await again.takes()).toMatchObject([{ id: "a", ...place, state: "deciding", rate: 8000, bits: 16 }]);
    expect(soundOf((await again.audioOf("a")) ?? new ArrayBuffer(0)).samples).toEqual(sound.samples);
  });

  it("is told of as it is now, before whoever decided on it goes on", async () => {
    const { hear } = await import("./news");
    await kept.keep("a", place, sound);
    const told: unknown[] = [];
    hear(({ changed }) => told.push(changed?.state));
    await kept.send("a");
    expect(told).toEqual(["waiting"]);
  });

  it("that was set aside goes after a week, and no other does", async () => {
    await kept.keep("a", place, sound);
    await kept.setState("a", "aside");
    await kept.keep("b", place, sound);
    await kept.tidy(Date.now() + 6 * 86_400_000);
    expect(await kept.takes()).toHaveLength(2);
    await kept.tidy(Date.now() + 8 * 86_400_000);
    expect((await kept.takes()).map((take) => take.id)).toEqual(["b"]);
    expect(await kept.audioOf("a")).toBeUndefined();
  });
});

describe("a take that is being spoken", () => {
  it("is whole when it ends, and leaves nothing else behind", async () => {
    const speaking = new kept.Speaking(place, 100, noFailure);
    for (let block = 0; block < 5; block += 1) {
      speaking.add(new Float32Array(60).fill(block / 8));
    }
    expect(speaking.seconds).toBe(3);
    const take = await speaking.finish();
    const { samples } = soundOf((await kept.audioOf(take.id)) ?? new ArrayBuffer(0));
    expect(samples).toHaveLength(300);
    expect([samples[59], samples[60], samples[299]]).toEqual([0, 0.125, 0.5]);
    expect(await kept.recover()).toEqual([]);
  });

  it("loses at most its last second when the tab goes away", async () => {
    const speaking = new kept.Speaking(place, 100, noFailure);
    for (let block = 0; block < 9; block += 1) {
      speaking.add(new Float32Array(50).fill(0.5));
    }
    const { database } = await import("./database");
    await vi.waitFor(async () => expect(await (await database()).count("seconds")).toBe(4));
    const again = await loaded();
    expect(await again.recover()).toMatchObject([{ id: speaking.id, recovered: true }]);
    const [take] = await again.takes();
    expect(take).toMatchObject({ ...place, state: "deciding", recovered: true });
    expect(soundOf((await again.audioOf(speaking.id)) ?? new ArrayBuffer(0)).samples).toHaveLength(400);
    expect(await again.recover()).toEqual([]);
  });

  it("is as if it had never been where it is discarded", async () => {
    const speaking = new kept.Speaking(place, 100, noFailure);
    speaking.add(new Float32Array(500));
    await speaking.discard();
    expect(await kept.recover()).toEqual([]);
    expect(await kept.takes()).toEqual([]);
  });
});

describe("the delivery", () => {
  it("brings what waits, the oldest first, and leaves what is not decided", async () => {
    for (const id of ["a", "b", "c"]) {
      await kept.keep(id, place, sound);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await kept.send("b");
    await kept.send("a");
    const sent: string[] = [];
    const delivery = new kept.Delivery(async (take) => sent.push(take.id));
    expect(await delivery.run()).toEqual({ wait: null, reached: true });
    expect(sent).toEqual(["a", "b"]);
    expect((await kept.takes()).map((take) => take.id)).toEqual(["c"]);
  });

  it("keeps every take while no server answers, waits longer each time, and goes on when one does", async () => {
    await kept.keep("a", place, sound);
    await kept.send("a");
    let up = false;
    const delivery = new kept.Delivery(async () => {
      if (!up) {
        throw new TypeError("Failed to fetch");
      }
    });
    const waits: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const { wait, reached } = await delivery.run();
      expect(reached).toBe(false);
      waits.push(wait ?? 0);
    }
    expect(waits).toEqual(waits.toSorted((one, other) => one - other));
    expect(await kept.audioOf("a")).toBeDefined();
    up = true;
    expect(await delivery.run()).toEqual({ wait: null, reached: true });
    expect(await kept.takes()).toEqual([]);
  });

  it("keeps what the server refused, with its words, and does not ask again by itself", async () => {
    await kept.keep("a", place, sound);
    await kept.send("a");
    const send = vi.fn(async () => Promise.reject(problem(422)));
    const delivery = new kept.Delivery(send);
    await delivery.run();
    await delivery.run();
    expect(send).toHaveBeenCalledTimes(1);
    expect(await kept.takes()).toMatchObject([{ state: "refused", problem: "No. Do this." }]);
    expect(await kept.audioOf("a")).toBeDefined();
  });

  it("does not let one take that the server stumbles over hold up the others", async () => {
    let now = Date.now();
    for (const id of ["a", "b"]) {
      await kept.keep(id, place, sound);
      await kept.send(id);
    }
    const sent: string[] = [];
    const delivery = new kept.Delivery(
      async (take) => {
        sent.push(take.id);
        if (sent.filter((id) => id === "a").length === 1 && take.id === "a") {
          throw problem(503);
        }
      },
      () => now,
    );
    const { wait } = await delivery.run();
    expect(sent.toSorted()).toEqual(["a", "b"]);
    expect(wait).toBeGreaterThan(0);
    now += 61_000;
    await delivery.run();
    expect(await kept.takes()).toEqual([]);
  });
});

describe("waiting", () => {
  it("doubles from a second to a minute, and is never the same for all", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 20].map((failures) => backoff(failures, () => 1))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000,
    ]);
    expect(backoff(1, () => 0)).toBe(750);
  });
});
