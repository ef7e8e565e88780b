import type { Take } from "../keep/database";
import type { Room } from "../measure/room";
import type { Action } from "./hotkeys";

/** What happens in the booth at this moment. */
export type Step =
  /** The microphone is not open. */
  | { name: "closed" }
  /** The room is to be measured first. */
  | { name: "room"; listening: boolean; found: Room | null }
  | { name: "ready" }
  /** Seconds until the recording begins. */
  | { name: "counting"; left: number }
  | { name: "speaking" }
  /** The take is on its way into the browser's database. */
  | { name: "keeping" }
  | { name: "deciding"; take: Take };

/** What a key or a button does now; null: nothing. */
export type Move =
  | "listen"
  | "begin"
  | "stop"
  | "cancel"
  | "keep"
  | "again"
  | "next"
  | "back"
  | "find"
  | "play"
  | "enter";

export function moveOf(step: Step, action: Action): Move | null {
  if (action === "find") {
    return step.name === "speaking" || step.name === "counting" ? null : "find";
  }
  switch (step.name) {
    case "closed":
      return moving(action);
    case "room":
      return inRoom(step, action);
    case "ready":
      return action === "record" ? "begin" : moving(action);
    case "counting":
      return action === "record" || action === "cancel" ? "cancel" : null;
    case "speaking":
      return whileSpeaking(action);
    case "deciding":
      return whileDeciding(action);
    default:
      return null;
  }
}

function inRoom(step: { listening: boolean; found: Room | null }, action: Action): Move | null {
  if (step.listening) {
    return action === "cancel" ? "cancel" : null;
  }
  if (action === "record") {
    return step.found === null ? "listen" : "enter";
  }
  if (action === "keep") {
    return "enter";
  }
  return action === "again" ? "listen" : moving(action);
}

function whileSpeaking(action: Action): Move | null {
  if (action === "record" || action === "keep") {
    return "stop";
  }
  return action === "cancel" ? "cancel" : null;
}

function whileDeciding(action: Action): Move | null {
  switch (action) {
    case "keep":
      return "keep";
    case "record":
    case "again":
      return "again";
    case "play":
      return "play";
    default:
      return moving(action);
  }
}

function moving(action: Action): Move | null {
  return action === "next" || action === "back" ? action : null;
}
