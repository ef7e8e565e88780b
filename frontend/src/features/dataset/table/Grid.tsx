import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Change, Recording } from "@/features/dataset/queries";
import { Row } from "@/features/dataset/table/Row";
import classes from "@/features/dataset/table/table.module.css";

const ROW_PIXELS = 40;

const COLUMNS = ["state", "text", "seconds", "loudness", "noise", "flags"] as const;

interface GridParts {
  rows: readonly Recording[];
  chosen: Recording;
  choose: (id: number) => void;
  play: () => void;
  change: (changes: Change[]) => void;
  undo: () => void;
}

/** Thousands of rows, of which only those in sight are there (WAI-ARIA's grid, with the focus on the whole). */
export function Grid({ rows, chosen, choose, play, change, undo }: GridParts) {
  const { t } = useTranslation("dataset");
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 12,
  });
  const at = rows.indexOf(chosen);
  const move = (to: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (next) {
      choose(next.id);
      virtual.scrollToIndex(rows.indexOf(next), { align: "auto" });
    }
  };
  const keys = new Map<string, () => void>([
    ["ArrowDown", () => move(at + 1)],
    ["ArrowUp", () => move(at - 1)],
    ["PageDown", () => move(at + 10)],
    ["PageUp", () => move(at - 10)],
    ["Home", () => move(0)],
    ["End", () => move(rows.length - 1)],
    [" ", play],
    ["x", () => change([{ id: chosen.id, state: chosen.state === "kept" ? "excluded" : "kept" }])],
    ["u", undo],
  ]);
  const press = (event: KeyboardEvent) => {
    const key = event.ctrlKey || event.metaKey ? (event.key === "z" ? "u" : "") : event.key;
    const action = keys.get(key);
    if (action) {
      event.preventDefault();
      action();
    }
  };
  return (
    <div
      ref={frame}
      className={classes.frame}
      role="grid"
      aria-label={t("table.label")}
      aria-rowcount={rows.length + 1}
      aria-colcount={COLUMNS.length}
      aria-activedescendant={`recording-${chosen.id}`}
      tabIndex={0}
      onKeyDown={press}
    >
      <div className={classes.head} role="row" aria-rowindex={1} tabIndex={-1}>
        {COLUMNS.map((column) => (
          <span key={column} role="columnheader" tabIndex={-1}>
            {t(`column.${column}`)}
          </span>
        ))}
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          return row ? (
            <Row
              key={row.id}
              recording={row}
              index={item.index + 2}
              top={item.start}
              height={ROW_PIXELS}
              chosen={row.id === chosen.id}
              choose={choose}
            />
          ) : null;
        })}
      </div>
    </div>
  );
}
