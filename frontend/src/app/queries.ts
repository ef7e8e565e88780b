import { QueryClient } from "@tanstack/react-query";
import { ProblemError } from "@/client/problem";

/** What the server said, for as long as it stands: live events say when something has changed. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What the server refused stays refused; what did not arrive is asked for again.
      retry: (failures, error) => !(error instanceof ProblemError && error.status < 500) && failures < 3,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
