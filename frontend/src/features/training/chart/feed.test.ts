import { describe, expect, it } from "vitest";
import { Feed, type History, type MetricLine } from "@/features/training/chart/feed";

const line = (step: number): MetricLine => ({ step, epoch: 0, learning_rate: 2e-4, mel: step / 10 });
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => line(from + place));
const stepsOf = (feed: Feed) => [...feed.training.steps.slice(0, feed.training.length)];
const upTo = (last: number) => Array.from({ length: last }, (_, place) => place + 1);
const once = (value: number) => ({ mean: value, low: value, high: value });

/** What a server would answer that has written so many steps. */
function written(after: number, last: number): History {
  const steps = upTo(last).filter((step) => step > after);
  return {
    since: after,
    generation: 1,
    training: steps.map((step) => ({ step, count: 1, values: { mel: once(step / 10) } })),
    validation: [],
    learningRate: null,
  };
}

/** Answers when it is told to. */
class Server {
  last = 0;
  asked: number[] = [];
  private answers: (() => void)[] = [];

  ask = (after: number) => {
    this.asked.push(after);
    return new Promise<History>((resolve) => {
      this.answers.push(() => resolve(written(after, this.last)));
    });
  };

  answer() {
    this.answers.shift()?.();
  }
}

describe("the curves of a run", () => {
  it("are what was written and what comes, no step missing and none twice", async () => {
    const server = new Server();
    const feed = new Feed(server.ask);
    server.last = 100;
    const begun = feed.catchUp();
    feed.hear(lines(95, 103));
    expect(feed.training.length).toBe(0);
    server.answer();
    await begun;
    feed.hear(lines(102, 110));
    expect(stepsOf(feed)).toEqual(upTo(110));
    expect(feed.training.at(41).mel?.mean).toBeCloseTo(4.2);
  });

  it("have no gap after a lost connection", async () => {
    const server = new Server();
    const feed = new Feed(server.ask);
    server.last = 10;
    const begun = feed.catchUp();
    server.answer();
    await begun;
    // Nothing is heard of 11 to 50; 51 comes when the connection is there again.
    const again = feed.catchUp();
    feed.hear(lines(51, 55));
    server.last = 52;
    server.answer();
    await again;
    expect(stepsOf(feed)).toEqual(upTo(55));
    expect(server.asked).toEqual([0, 9]);
  });

  it("are whole where a question is asked again before its answer came", async () => {
    const server = new Server();
    const feed = new Feed(server.ask);
    server.last = 10;
    const first = feed.catchUp();
    const second = feed.catchUp();
    feed.hear(lines(11, 12));
    server.answer();
    await first;
    expect(feed.training.length).toBe(0);
    server.answer();
    await second;
    expect(stepsOf(feed)).toEqual(upTo(12));
  });

  it("go on with what comes where the past cannot be had", async () => {
    const feed = new Feed(() => Promise.reject(new Error("gone")));
    const begun = feed.catchUp();
    feed.hear(lines(1, 3));
    await expect(begun).rejects.toThrow("gone");
    feed.hear(lines(4, 4));
    expect(stepsOf(feed)).toEqual(upTo(4));
  });

  it("follow a run that went on from an earlier step and came to other losses", () => {
    const feed = new Feed(async () => written(0, 0));
    feed.hear(upTo(80).map((step) => ({ step, mel: 77 })));
    feed.hear([...lines(51, 60)], 30);
    expect(stepsOf(feed)).toEqual(upTo(60));
    expect(feed.training.at(49).mel?.mean).toBe(77);
    expect(feed.training.at(50).mel?.mean).toBeCloseTo(5.1);
  });

  it("are asked for anew where it is not said yet how the run went on", async () => {
    const server = new Server();
    const feed = new Feed(server.ask);
    feed.hear(upTo(80).map((step) => ({ step, mel: 77 })));
    server.last = 50;
    feed.hear([], 30);
    feed.hear([null, ...lines(51, 55)]);
    server.answer();
    await new Promise((resolve) => setTimeout(resolve));
    expect(stepsOf(feed)).toEqual(upTo(55));
    expect(feed.training.at(49).mel?.mean).toBeCloseTo(5);
  });

  it("follow such a run also where the connection was lost meanwhile", async () => {
    let generation: number | null = null;
    const feed = new Feed(async (after, known) => {
      generation = known;
      return { ...written(Math.min(after, 50), 60), since: Math.min(after, 50), generation: 2 };
    });
    feed.hear(upTo(80).map((step) => ({ step, mel: 77 })));
    await feed.catchUp();
    expect(stepsOf(feed)).toEqual(upTo(60));
    await feed.catchUp();
    expect(generation).toBe(2);
  });

  /** Joins steps unless it is asked for a part. */
  async function thinning(after: number, _known: number | null, until?: number): Promise<History> {
    const all = written(after, until ?? 1000);
    return until === undefined
      ? {
          ...all,
          training: all.training.filter(({ step }) => step % 100 === 0).map((one) => ({ ...one, count: 100 })),
        }
      : all;
  }

  it("are known step by step where somebody looks closer, and as a whole as before", async () => {
    const feed = new Feed(thinning);
    await feed.catchUp();
    const told: number[] = [];
    feed.watch(() => told.push(feed.training.length));
    await feed.refine({ min: 250, max: 320 });
    expect(stepsOf(feed)).toEqual([
      100,
      200,
      ...upTo(400).filter((step) => step > 200),
      ...[500, 600, 700, 800, 900, 1000],
    ]);
    expect(told).toEqual([206 + 2]);
    await feed.refine({ min: 250, max: 320 });
    expect(told).toHaveLength(1);
  });

  it("keep what they have where the run went another way while somebody looked closer", async () => {
    let generation = 1;
    const feed = new Feed(async (...asked) => ({ ...(await thinning(...asked)), generation }));
    await feed.catchUp();
    const before = stepsOf(feed);
    generation = 2;
    await feed.refine({ min: 250, max: 320 });
    expect(stepsOf(feed)).toEqual(before);
  });

  it("hold what validation found beside what training found", () => {
    const feed = new Feed(async (after) => written(after, 0));
    feed.hear([...lines(1, 2), { step: 2, epoch: 0, validation: { mel: 0.75, kl: 1.5 } }, ...lines(3, 3)]);
    expect(feed.validation.at(0)).toEqual({ mel: once(0.75), kl: once(1.5) });
    expect(stepsOf(feed)).toEqual([1, 2, 3]);
    expect(feed.learningRate).toBe(2e-4);
  });
});
