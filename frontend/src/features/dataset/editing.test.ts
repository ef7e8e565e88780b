import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import type { Recording } from "@/features/dataset/queries";
import { takeChanges } from "@/features/dataset/useEditing";

const before = { id: 7, state: "kept", text: "A sentence." } as Recording;
const after = { ...before, state: "excluded" } as Recording;

it("a recording that is set aside is read again in the booth, and stays where it is in the table", () => {
  const queries = new QueryClient();
  const table = ["recordings", { sort: "prompt" }];
  const elsewhere = [
    ["prompt-lists", "english", "prompts", "anna", "list"],
    ["prompt-lists", "english", "coverage", "anna"],
    ["takes", { profile: "anna", promptList: "english", position: 3 }],
    ["profiles"],
    ["standing"],
    ["training", "speech"],
  ];
  queries.setQueryData(table, { pages: [{ items: [before] }] });
  for (const key of elsewhere) {
    queries.setQueryData(key, []);
  }
  takeChanges(queries, [after]);
  expect(queries.getQueryData(table)).toEqual({ pages: [{ items: [after] }] });
  expect(queries.getQueryState(table)?.isInvalidated).toBe(false);
  expect(elsewhere.map((key) => queries.getQueryState(key)?.isInvalidated)).toEqual(elsewhere.map(() => true));
});
