import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Microphone } from "../capture/microphone";
import { type Obstacle, obstacleIn } from "../capture/obstacles";
import { rememberRoom, roomIsKnown } from "../capture/remembered";
import type { Place, Take } from "../keep/database";
import { isAt, send, setState } from "../keep/takes";
import { Speaking } from "../keep/unfinished";
import { useFull } from "../keep/useFull";
import { listenToRoom } from "./listening";
import type { Step } from "./steps";

/** Seconds that are still heard after the key: what was spoken before it is on its way through the computer. */
const TAIL = 0.15;

/** Seconds after which a recording that somebody forgot ends by itself. */
const LONGEST = 180;

const COUNTDOWN = 3;

export interface Booth {
  step: Step;
  /** Why nothing can be kept, if so. */
  failure: Obstacle | null;
  /** Begin, after the countdown where one is wanted. */
  begin: () => void;
  stop: () => void;
  cancel: () => void;
  /** Answers whether it is kept. */
  keep: (take: Take) => Promise<boolean>;
  again: (take: Take) => Promise<void>;
  listen: () => void;
  enter: () => void;
}

interface BoothParts {
  place: Place;
  microphone: Microphone | null;
  /** Whether the microphone can be heard at this moment. */
  hearing: boolean;
  countdown: boolean;
  /** The take of this sentence that is to be decided on. */
  undecided: Take | undefined;
}

/** What happens in the booth, from the first silence to a take that is kept. */
export function useBooth({ place, microphone, hearing, countdown, undecided }: BoothParts): Booth {
  // What goes on at this moment; null: what the rest of the state says.
  const [doing, setDoing] = useState<Step | null>(null);
  const [failure, setFailure] = useState<Obstacle | null>(null);
  const [roomKnown, setRoomKnown] = useState(false);
  const isFull = useFull(doing === null);
  const speaking = useRef<Speaking | null>(null);
  const current = useRef(place);
  const unhear = useRef(() => {});
  const device = microphone?.device ?? "";

  const fail = useCallback((error: unknown) => setFailure(obstacleIn(error)), []);

  const start = useCallback(() => {
    if (microphone === null || isFull) {
      return setDoing(null);
    }
    const spoken = new Speaking(place, microphone.rate, fail);
    speaking.current = spoken;
    setFailure(null);
    setDoing({ name: "speaking" });
    unhear.current = microphone.hear((samples) => spoken.add(samples));
  }, [microphone, place, isFull, fail]);

  const finish = useCallback(async () => {
    const spoken = speaking.current;
    if (spoken === null) {
      return;
    }
    speaking.current = null;
    unhear.current();
    try {
      const take = spoken.seconds > 0 ? await spoken.finish() : await spoken.discard();
      // By now somebody may be elsewhere; the take is found where it belongs.
      setDoing(take && isAt(take, current.current) ? { name: "deciding", take } : null);
    } catch (error) {
      setDoing(null);
      fail(error);
    }
  }, [fail]);

  const stop = useCallback(() => {
    setDoing({ name: "keeping" });
    setTimeout(() => void finish(), TAIL * 1000);
  }, [finish]);

  const begin = useCallback(() => {
    if (countdown) {
      setDoing({ name: "counting", left: COUNTDOWN });
    } else {
      start();
    }
  }, [countdown, start]);

  const cancel = useCallback(() => {
    unhear.current();
    const spoken = speaking.current;
    speaking.current = null;
    setDoing(null);
    void spoken?.discard();
  }, []);

  // Until a decision is written down, no key means anything: a second one would undo the first.
  const decide = useCallback(
    async (write: () => Promise<unknown>) => {
      setDoing({ name: "keeping" });
      try {
        await write();
        return true;
      } catch (error) {
        fail(error);
        return false;
      } finally {
        setDoing(null);
      }
    },
    [fail],
  );

  const keep = useCallback((take: Take) => decide(() => send(take.id)), [decide]);

  const again = useCallback(
    async (take: Take) => {
      if (await decide(() => setState(take.id, "aside"))) {
        begin();
      }
    },
    [begin, decide],
  );

  const listen = useCallback(() => {
    if (microphone === null) {
      return;
    }
    setDoing({ name: "room", listening: true, found: null });
    unhear.current = listenToRoom(microphone, (found) => setDoing({ name: "room", listening: false, found }));
  }, [microphone]);

  const enter = useCallback(() => {
    rememberRoom(device);
    setRoomKnown(true);
    setDoing(null);
  }, [device]);

  useLayoutEffect(() => {
    current.current = place;
  }, [place]);

  useEffect(() => setRoomKnown(roomIsKnown(device)), [device]);

  const counting = doing?.name === "counting" ? doing.left : null;
  useEffect(() => {
    if (counting === null) {
      return;
    }
    const timer = setTimeout(() => (counting > 1 ? setDoing({ name: "counting", left: counting - 1 }) : start()), 1000);
    return () => clearTimeout(timer);
  }, [counting, start]);

  const isSpeaking = doing?.name === "speaking";
  useEffect(() => {
    if (!isSpeaking) {
      return;
    }
    const timer = setTimeout(stop, LONGEST * 1000);
    return () => clearTimeout(timer);
  }, [isSpeaking, stop]);

  // A microphone that goes away ends the take; what was heard until then is kept.
  useEffect(() => {
    if (!hearing && isSpeaking) {
      void finish();
    }
  }, [hearing, isSpeaking, finish]);

  // So does leaving the booth, or the sentence: before the next one is seen, or its first take would be ended.
  const sentence = `${place.profile}\n${place.promptList}\n${place.position}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was done belongs to the sentence it was done at
  useLayoutEffect(
    () => () => {
      void finish();
      unhear.current();
      setDoing(null);
    },
    [sentence, microphone],
  );

  const step = useMemo(
    () => doing ?? resting(microphone !== null, roomKnown, undecided),
    [doing, microphone, roomKnown, undecided],
  );
  return { step, failure: isFull ? "full" : failure, begin, stop, cancel, keep, again, listen, enter };
}
function resting(open: boolean, roomKnown: boolean, undecided: Take | undefined): Step {
  if (undecided !== undefined) {
    return { name: "deciding", take: undecided };
  }
  if (!open) {
    return { name: "closed" };
  }
  return roomKnown ? { name: "ready" } : { name: "room", listening: false, found: null };
}
