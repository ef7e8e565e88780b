import { QueryClient, type QueryKey, QueryObserver } from "@tanstack/react-query";
import { describe, expect, it, vi } from "vitest";
import { type Job, takeEnd, takeJob, withJob } from "@/client/jobs";

function job(id: number, more: Partial<Job> = {}): Job {
  return { id, kind: "train", state: "running", wanted: "run", revision: id, done: 0, ...more } as Job;
}

/** Somebody who looks at what is asked for, and whose first answer comes late, when it is old. */
function looking<T>(queries: QueryClient, queryKey: QueryKey, old: T, now: T) {
  let answerLate = (_: T) => {};
  const ask = vi
    .fn<() => Promise<T>>()
    .mockImplementationOnce(() => new Promise((resolve) => (answerLate = resolve)))
    .mockImplementation(() => Promise.resolve(now));
  const leave = new QueryObserver(queries, { queryKey, queryFn: ask }).subscribe(() => {});
  return { ask, leave, late: () => answerLate(old), shown: () => queries.getQueryData<T>(queryKey) };
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

  it("is not hidden by a list that was on its way when it ended", async () => {
    const queries = new QueryClient();
    const voices = looking(queries, ["voices"], [], ["anna"]);
    takeEnd(queries, job(1, { kind: "export", state: "done" }));
    voices.late();
    await vi.waitFor(() => expect(voices.shown()).toEqual(["anna"]));
    await new Promise((resolve) => setTimeout(resolve));
    expect(voices.shown()).toEqual(["anna"]);
    voices.leave();
  });

  it("is not hidden by an answer about it, or a first list, that is older", async () => {
    const queries = new QueryClient();
    const done = job(2, { state: "done", revision: 9 });
    const one = looking(queries, ["jobs", "one", 2], job(2), done);
    const list = looking(queries, ["jobs", "list", {}, 50], [job(2)], [done]);
    takeJob(queries, done);
    one.late();
    list.late();
    await vi.waitFor(() => expect(list.shown()).toEqual([done]));
    expect(one.shown()).toBe(done);
    one.leave();
    list.leave();
  });

  it("asks a list that the job is not in for nothing while it only goes on", () => {
    const queries = new QueryClient();
    const failed = ["jobs", "list", { state: ["failed"] }, 50];
    queries.setQueryData(failed, { pages: [{ items: [] }] });
    takeJob(queries, job(2, { revision: 5 }));
    queries.setQueryData(failed, { pages: [{ items: [] }] });
    takeJob(queries, job(2, { done: 3, revision: 6 }));
    expect(queries.getQueryState(failed)?.isInvalidated).toBe(false);
    takeJob(queries, job(2, { state: "failed", revision: 7 }));
    expect(queries.getQueryState(failed)?.isInvalidated).toBe(true);
  });
});
