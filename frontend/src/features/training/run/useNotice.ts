import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { hasEnded, type Job } from "@/client/jobs";
import { useFormat } from "@/ui/format";

/** Whether this browser may show notices: asked only when a person wants one. */
export function useNotice(run: string, job: Job | undefined) {
  const { t } = useTranslation("train");
  const known = "Notification" in window;
  const [allowed, setAllowed] = useState(known ? Notification.permission : "denied");
  const [wanted, setWanted] = useState(false);
  const state = job?.state;
  const before = useRef(state);

  useEffect(() => {
    const ended = before.current !== state && job !== undefined && hasEnded(job);
    if (ended && before.current !== undefined && wanted && allowed === "granted") {
      const words = state === "done" ? "notice.done" : state === "failed" ? "notice.failed" : "notice.stopped";
      try {
        new Notification(t(words, { run }), { icon: "/icon.svg", tag: `run-${run}` });
      } catch {
        // A phone's browser has notices for installed pages only; the title of the page says it, too.
      }
    }
    before.current = state;
  }, [state, job, wanted, allowed, run, t]);

  const ask = async () => {
    if (known && allowed !== "granted") {
      setAllowed(await Notification.requestPermission());
    }
    setWanted(true);
  };
  return { allowed, wanted, ask };
}

/** How far a job is, in the title of the page, where it is seen from another tab. */
export function useTitle(name: string, job: Job | undefined): void {
  const { t } = useTranslation("shell");
  const format = useFormat();
  const part = job?.state === "running" && job.total ? `${format.percent(Math.min(1, job.done / job.total))} ` : "";
  useEffect(() => {
    document.title = `${part}${name} – ${t("name")}`;
  }, [part, name, t]);
}
