import { useCallback, useState } from "react";
import { askForPromise } from "./space";

/** Asks the browser to keep takes for as long as they wait; `refused` once it said no. */
export function usePromise(): { refused: boolean; ask: () => void } {
  const [refused, setRefused] = useState(false);
  const ask = useCallback(() => void askForPromise().then((given) => setRefused(!given)), []);
  return { refused, ask };
}
