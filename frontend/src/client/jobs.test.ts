import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { type Job, takeEnd, takeJob, withJob } from "@/client/jobs";

function job(id: number, more: Partial<Job> = {}): Job {
  return { id, kind: "train", state: "running", wanted: "run", revision: id, done: 0, ...more } as Job;
}

describe("how a job stands", () => {
  it("is put into whatever shows it, and nothing else changes", () => {
    const others = [job(1), job(3)];
    const list = { pages: [{ items: [job(2), ...others], total: 3, next: null }], pageParams: [{}] };
    const now = job(2, { done: 7, revision: 9 });
    expect(withJob(list, now)).toEqual({
      pages: [{ items: [now, ...others], total: 3, next: null }],
      pageParams: [{}],
    });
    expect(withJob(job(2), now)).toBe(now);
    expect(withJob(job(5), now)).toEqual(job(5));
    expect(withJob(undefined, now)).toBeUndefined();
  });

  it("is never replaced by what was so before", () => {
    const queries = new QueryClient();
    queries.setQueryData(["jobs", "one", 2], job(2, { done: 9, revision: 20 }));
    takeJob(queries, job(2, { done: 3, revision: 11 }));
    expect(queries.getQueryData<Job>(["jobs", "one", 2])?.done).toBe(9);
    takeJob(queries, job(2, { done: 12, revision: 21 }));
    expect(queries.getQueryData<Job>(["jobs", "one", 2])?.done).toBe(12);
  });

  it("makes lists be asked again where the job is new, or in another state", () => {
    const queries = new QueryClient();
    const stale = () => queries.getQueryState(["jobs", "list", {}, 50])?.isInvalidated;
    const show = (...items: Job[]) => queries.setQueryData(["jobs", "list", {}, 50], { pages: [{ items }] });
    show(job(1));
    takeJob(queries, job(1, { done: 5, revision: 6 }));
    expect(stale()).toBe(false);
    takeJob(queries, job(1, { state: "done", revision: 7 }));
    expect(stale()).toBe(true);
    show(job(1));
    takeJob(queries, job(2, { revision: 8 }));
    expect(stale()).toBe(true);
  });

  it("changes what others show only when it has ended, and only what it made", () => {
    const queries = new QueryClient();
    queries.setQueryData(["voices"], []);
    queries.setQueryData(["datasets"], []);
    const stale = (what: string) => queries.getQueryState([what])?.isInvalidated;
    takeEnd(queries, job(1, { kind: "export" }));
    expect(stale("voices")).toBe(false);
    takeEnd(queries, job(1, { kind: "export", state: "done" }));
    expect([stale("voices"), stale("datasets")]).toEqual([true, false]);
  });
});
