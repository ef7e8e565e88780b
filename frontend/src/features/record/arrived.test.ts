import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { arrived, type Prompt, promptsQuery, type Recording } from "./queries";

const unread = { position: 3, text: "A sentence.", recording: null, takes: 0 } as Prompt;
const recording = { id: 7, profile: "anna", prompt_list: "english", position: 3 } as Recording;

it("a take that arrives is not hidden by an answer that was on its way before it", async () => {
  const queries = new QueryClient();
  const { queryKey } = promptsQuery("english", "anna", "list");
  queries.setQueryData(queryKey, [unread]);
  let answerLate = (_: Prompt[]) => {};
  const asked = queries.fetchQuery({
    queryKey,
    queryFn: () => new Promise<Prompt[]>((resolve) => (answerLate = resolve)),
  });
  arrived(queries, recording);
  answerLate([unread]);
  await asked;
  expect(queries.getQueryData(queryKey)).toEqual([{ ...unread, recording: 7, takes: 1 }]);
});
