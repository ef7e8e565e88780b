import { useEffect, useLayoutEffect, useRef } from "react";
import { actionOf } from "./hotkeys";
import { type Move, moveOf, type Step } from "./steps";

/** Hear the keys of the booth, wherever on the page they are pressed. */
export function useKeys(step: Step, perform: (move: Move) => void): void {
  const now = useRef({ step, perform });
  // Before it is seen: nobody presses a key that is shown and does what the step before it meant.
  useLayoutEffect(() => {
    now.current = { step, perform };
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const action = actionOf(event);
      if (action === null || event.defaultPrevented) {
        return;
      }
      const move = moveOf(now.current.step, action);
      // A space that scrolls while somebody reads would be in the take.
      if (move !== null || action === "record") {
        event.preventDefault();
      }
      // A key that is held down is one key, except where it moves.
      if (move !== null && (!event.repeat || move === "next" || move === "back")) {
        now.current.perform(move);
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
