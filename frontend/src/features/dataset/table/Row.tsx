import { IconArchive, IconBan, IconCheck } from "@tabler/icons-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Recording } from "@/features/dataset/queries";
import classes from "@/features/dataset/table/table.module.css";
import { useFormat } from "@/ui/format";

const MARKS = { kept: IconCheck, excluded: IconBan, superseded: IconArchive };

interface RowParts {
  recording: Recording;
  /** Of the row in the grid, its head being 1. */
  index: number;
  /** Pixels from the top of the grid's rows. */
  top: number;
  height: number;
  chosen: boolean;
  choose: (id: number) => void;
}

/** One recording; while the table scrolls, a row that stays is not made anew, so that what it is given must stay too. */
export const Row = memo(function Row({ recording, index, top, height, chosen, choose }: RowParts) {
  const { t } = useTranslation("dataset");
  const format = useFormat();
  const Mark = MARKS[recording.state];
  const { trimmed, loudness, above_noise } = recording.measures;
  return (
    <div
      id={`recording-${recording.id}`}
      className={classes.row}
      role="row"
      tabIndex={-1}
      aria-rowindex={index}
      aria-selected={chosen}
      data-state={recording.state}
      style={{ height, transform: `translateY(${top}px)` }}
      onClick={() => choose(recording.id)}
    >
      <span role="gridcell" tabIndex={-1}>
        <Mark size={16} aria-label={t(`state.${recording.state}`)} />
      </span>
      <span role="gridcell" tabIndex={-1} className={classes.text} title={recording.text}>
        {recording.text}
      </span>
      <span role="gridcell" tabIndex={-1}>
        {format.tenths(trimmed)}
      </span>
      <span role="gridcell" tabIndex={-1}>
        {format.figure(loudness, 3)}
      </span>
      <span role="gridcell" tabIndex={-1}>
        {format.figure(above_noise, 2)}
      </span>
      <span role="gridcell" tabIndex={-1} className={classes.text}>
        {recording.flags.map((flag) => t(`flag.${flag.code as "noisy"}`)).join(", ")}
      </span>
    </div>
  );
});
