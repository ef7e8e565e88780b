import "../record.css";
import { useMemo, useRef, useState } from "react";
import type { Plays } from "@/ui/SoundPlayer";
import { rememberCountdown, wantsCountdown } from "../capture/remembered";
import { useMicrophone } from "../capture/useMicrophone";
import type { Place, Take } from "../keep/database";
import { usePromise } from "../keep/usePromise";
import { useTakes } from "../keep/useTakes";
import { type Order, type Prompt, useArrivals } from "../queries";
import { Announcer } from "./Announcer";
import { Controls } from "./Controls";
import { Equipment } from "./Equipment";
import { FindSentence } from "./FindSentence";
import { Misread } from "./Misread";
import { Obstacles } from "./Obstacles";
import { moved, nextUnread } from "./order";
import { Pending } from "./Pending";
import { ProgressPanel } from "./ProgressPanel";
import { Stage } from "./Stage";
import type { Move } from "./steps";
import { TakesOfSentence } from "./TakesOfSentence";
import { TakeView } from "./TakeView";
import { Undecided } from "./Undecided";
import { useBooth } from "./useBooth";
import { useKeys } from "./useKeys";

interface BoothParts {
  profile: string;
  promptList: string;
  language: string;
  prompts: Prompt[];
  /** Position of the sentence; undefined: the first that nobody read. */
  at: number | undefined;
  go: (position: number) => void;
  order: Order;
  onOrder: (order: Order) => void;
}

/** One sentence, one microphone, and what was recorded. */
export function Booth({ profile, promptList, language, prompts, at, go, order, onOrder }: BoothParts) {
  useArrivals();
  const takes = useTakes();
  const equipment = useMicrophone();
  const promise = usePromise();
  const [countdown, setCountdown] = useState(wantsCountdown);
  const stage = useRef<HTMLElement>(null);
  const find = useRef<HTMLInputElement>(null);
  const player = useRef<Plays>(null);

  const mine = useMemo(
    () => takes.all.filter((take) => take.profile === profile && take.promptList === promptList),
    [takes.all, profile, promptList],
  );
  const isRead = (prompt: Prompt) =>
    prompt.recording !== null || mine.some((take) => take.position === prompt.position && take.state === "waiting");
  const prompt = prompts.find((one) => one.position === at) ?? nextUnread(prompts, null, isRead) ?? prompts[0];
  const position = prompt?.position ?? 1;
  const text = prompt?.text ?? "";
  const here = mine.filter((take) => take.position === position);
  const place = useMemo<Place>(() => ({ profile, promptList, position, text }), [profile, promptList, position, text]);

  const booth = useBooth({
    place,
    microphone: equipment.microphone,
    hearing: equipment.obstacle === null,
    countdown,
    undecided: here.findLast((take) => take.state === "deciding"),
  });
  const { step } = booth;

  const show = (found: Prompt | undefined) => found && go(found.position);
  const keep = async (take: Take) => {
    if (await booth.keep(take)) {
      show(nextUnread(prompts, position, isRead));
      // Once there is something to lose.
      promise.ask();
    }
  };
  const perform = (move: Move) => {
    stage.current?.focus({ preventScroll: true });
    switch (move) {
      case "listen":
      case "begin":
      case "stop":
      case "cancel":
      case "enter":
        return booth[move]();
      case "keep":
        return step.name === "deciding" ? void keep(step.take) : undefined;
      case "again":
        return step.name === "deciding" ? void booth.again(step.take) : undefined;
      case "next":
        return show(moved(prompts, position, 1));
      case "back":
        return show(moved(prompts, position, -1));
      case "find":
        return find.current?.focus();
      case "play":
        return player.current?.toggle();
    }
  };
  useKeys(step, perform);
  const open = async () => {
    await equipment.open();
    stage.current?.focus({ preventScroll: true });
  };

  const busy = step.name === "counting" || step.name === "speaking" || step.name === "keeping";
  const number = prompts.findIndex((one) => one.position === position) + 1;
  const readCount = prompts.filter(isRead).length;
  return (
    <div className="booth">
      <div className="booth-main">
        <Obstacles equipment={equipment} failure={booth.failure} kept={takes.error === null} />
        <Misread profile={profile} promptList={promptList} go={go} />
        <Undecided takes={takes.all} here={place} go={go} />
        <Stage
          ref={stage}
          step={step}
          text={text}
          language={language}
          number={number}
          count={prompts.length}
          read={prompt !== undefined && isRead(prompt)}
          microphone={equipment.microphone}
          find={
            <FindSentence ref={find} prompts={prompts} go={go} leave={() => stage.current?.focus()} disabled={busy} />
          }
          controls={<Controls step={step} opening={equipment.opening} open={open} perform={perform} />}
        >
          {step.name === "deciding" ? <TakeView key={step.take.id} take={step.take} ref={player} /> : null}
        </Stage>
        {busy ? null : <TakesOfSentence place={place} local={here} />}
        <Announcer step={step} text={text} number={number} count={prompts.length} />
      </div>
      <aside className="booth-side">
        <ProgressPanel profile={profile} promptList={promptList} read={readCount} count={prompts.length} />
        <Pending takes={takes.all} unpromised={promise.refused} />
        <Equipment
          equipment={equipment}
          countdown={countdown}
          onCountdown={(wanted) => {
            rememberCountdown(wanted);
            setCountdown(wanted);
          }}
          order={order}
          onOrder={onOrder}
          measureRoom={busy ? undefined : booth.listen}
        />
      </aside>
    </div>
  );
}
