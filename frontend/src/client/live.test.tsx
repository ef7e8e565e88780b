import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Live, useLive } from "@/client/live";

const streams: FakeStream[] = [];

/** As browsers have it: CLOSED is what they never come back from. */
class FakeStream extends EventTarget {
  static readonly CLOSED = 2;
  readyState = 0;
  onopen = () => {};
  onerror = () => {};
  constructor(readonly address: string) {
    super();
    streams.push(this);
  }
  close() {
    this.readyState = FakeStream.CLOSED;
  }
}

function Shown() {
  return useLive().connected ? "heard" : "away";
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeStream);
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  streams.length = 0;
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("a stream that was answered with something else is asked for again until it is one", async () => {
  const place = document.createElement("div");
  const root = createRoot(place);
  await act(() =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <Live>
          <Shown />
        </Live>
      </QueryClientProvider>,
    ),
  );
  const refused = streams[0] as FakeStream;
  await act(() => {
    refused.readyState = FakeStream.CLOSED;
    refused.onerror();
  });
  expect(place.textContent).toBe("away");
  await act(() => vi.advanceTimersByTimeAsync(5000));
  expect(streams).toHaveLength(2);
  await act(() => streams[1]?.onopen());
  expect(place.textContent).toBe("heard");
  // A connection that broke is the browser's own business.
  await act(() => {
    (streams[1] as FakeStream).onerror();
    return vi.advanceTimersByTimeAsync(60_000);
  });
  expect(streams).toHaveLength(2);
  await act(() => root.unmount());
});
