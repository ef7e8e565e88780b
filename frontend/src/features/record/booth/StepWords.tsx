import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/ui/format";
import type { Step } from "./steps";

/** What goes on, in words. */
export function StepWords({ step }: { step: Step }) {
  const { t } = useTranslation("record");
  const format = useFormat();
  switch (step.name) {
    case "room":
      if (step.found !== null) {
        const decibels = format.figure(Math.round(step.found.noise));
        return <>{t(`room.${step.found.quiet}`, { decibels })}</>;
      }
      return <>{t(step.listening ? "room.listening" : "room.why")}</>;
    case "counting":
      return <span className="stage-count">{step.left}</span>;
    case "speaking":
      return (
        <>
          {t("step.speaking")} <Clock />
        </>
      );
    case "deciding":
      return <>{t(step.take.recovered ? "step.recovered" : "step.deciding")}</>;
    default:
      return <>{t(`step.${step.name}`)}</>;
  }
}

/** Seconds since it began to be shown. */
function Clock() {
  const format = useFormat();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const began = performance.now();
    const timer = setInterval(() => setSeconds((performance.now() - began) / 1000), 250);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="figures" aria-hidden>
      {format.clock(seconds)}
    </span>
  );
}
