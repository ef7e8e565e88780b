import createClient from "openapi-fetch";
import { problemOf } from "@/client/problem";
import type { components, paths } from "@/client/schema";

export type Schemas = components["schemas"];

/** Every path, parameter and answer of the server; what is no success is thrown, as a ProblemError. */
export const api = createClient<paths>({ baseUrl: "/" });

api.use({
  async onResponse({ response }) {
    if (!response.ok) {
      throw await problemOf(response);
    }
  },
});

/** What an answer holds; without a body, for the few that have none. */
export async function answer<T>(asked: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  const { data } = await asked;
  if (data === undefined || data === null) {
    throw new Error("The server's answer is empty.");
  }
  return data;
}
