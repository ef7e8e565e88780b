import { describe, expect, it } from "vitest";
import { Feed, type MetricLine } from "@/features/training/chart/feed";

const line = (step: number): MetricLine => ({ step, epoch: 0, learning_rate: 2e-4, mel: step / 10 });
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => line(from + place));
const stepsOf = (feed: Feed) => [...feed.training.steps.slice(0, feed.training.length)];
const upTo = (last: number) => Array.from({ length: last }, (_, place) => place + 1);

/** A server that has written lines up to a step, and answers when it is told to. */
class Written {
  last = 0;
  asked: number[] = [];
  private answers: (() => void)[] = [];

  ask = (after: number) => {
    this.asked.push(after);
    return new Promise<MetricLine[]>((resolve) => {
      this.answers.push(() => resolve(lines(Math.max(1, after + 1), this.last)));
    });
  };

  answer() {
    this.answers.shift()?.();
  }
}

describe("the curves of a run", () => {
  it("are what was written and what comes, no step missing and none twice", async () => {
    const server = new Written();
    const feed = new Feed(server.ask);
    server.last = 100;
    const begun = feed.catchUp();
    feed.hear(lines(95, 103));
    expect(feed.training.length).toBe(0);
    server.answer();
    await begun;
    feed.hear(lines(102, 110));
    expect(stepsOf(feed)).toEqual(upTo(110));
    expect(feed.training.at(41)).toEqual({ mel: expect.closeTo(4.2) });
  });

  it("have no gap after a lost connection", async () => {
    const server = new Written();
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
    expect(server.asked).toEqual([-1, 9]);
  });

  it("are whole where a question is asked again before its answer came", async () => {
    const server = new Written();
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

  it("hold what validation found beside what training found", () => {
    const feed = new Feed(async () => []);
    feed.hear([...lines(1, 2), { step: 2, epoch: 0, validation: { mel: 0.7, kl: 1.5 } }, ...lines(3, 3)]);
    expect(feed.validation.at(0)).toEqual({ mel: expect.closeTo(0.7), kl: 1.5 });
    expect(stepsOf(feed)).toEqual([1, 2, 3]);
    expect(feed.learningRate).toBe(2e-4);
  });
});
