import { useEffect, useState } from "react";
import { hasRoom } from "./space";

/** Whether the browser has no room for another take; looked at between the takes: one that begins ends well. */
export function useFull(resting: boolean): boolean {
  const [isFull, setFull] = useState(false);
  useEffect(() => {
    if (resting) {
      void hasRoom().then((room) => setFull(!room));
    }
  }, [resting]);
  return isFull;
}
