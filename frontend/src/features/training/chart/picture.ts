import uPlot from "uplot";
import type { Curve } from "@/features/training/chart/curves";
import { decimate, grid, type View } from "@/features/training/chart/decimate";
import { variable } from "@/features/training/chart/palette";
import { Smoothed } from "@/features/training/chart/smooth";
import { logTicks, ticks } from "@/features/training/chart/ticks";
import { viewOf } from "@/features/training/chart/zoom";
import type { Format } from "@/ui/format";

export interface Look {
  log: boolean;
  /** Steps over which the values are averaged; 0 for not. */
  smoothing: number;
  format: Format;
}

/** Where the drawn field lies in the picture, in CSS pixels. */
export interface Field {
  left: number;
  width: number;
  view: View;
}

export interface Heard {
  /** A part was chosen by dragging, or the whole, by a double click. */
  view: (view: View | null) => void;
  /** The step that is pointed at. */
  cursor: (step: number | null) => void;
  /** Where the field lies, when that changes. */
  field: (field: Field) => void;
}

/** Room for the figures beside the field, in CSS pixels. */
const AXIS = 56;

interface Line {
  curve: Curve;
  values: Smoothed;
}

/** The picture of some curves; drawn once a frame at most, whatever comes. */
export class Picture {
  private readonly plot: uPlot;
  private readonly lines: Line[];
  private frame = 0;
  private view: View | null = null;
  private marks: readonly number[] = [];
  private field = "";

  constructor(
    private readonly element: HTMLElement,
    curves: readonly Curve[],
    private readonly look: Look,
    private readonly heard: Heard,
  ) {
    const averaged = curves.map((curve) => {
      // What validation found is an average already.
      const over = curve.validation ? 0 : look.smoothing;
      return { curve, values: new Smoothed(curve.trace, curve.name, over) };
    });
    // Of several runs together, every step of each would hide the others.
    const several = new Set(curves.map((curve) => curve.run)).size > 1;
    const behind = averaged
      .filter((line) => line.values.over > 0 && !several)
      .map(({ curve }) => ({ curve, values: new Smoothed(curve.trace, curve.name, 0) }));
    this.lines = [...behind, ...averaged];
    this.plot = new uPlot(this.options(behind.length), [[0], ...this.lines.map(() => [null])], element);
    this.draw();
  }

  show(view: View | null, marks: readonly number[]): void {
    this.view = view;
    this.marks = marks;
    this.redraw();
  }

  /** Draw in the next frame, what came until then. */
  redraw(): void {
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  resize(width: number, height: number): void {
    if (width !== this.plot.width || height !== this.plot.height) {
      this.plot.setSize({ width, height });
      this.redraw();
    }
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.plot.destroy();
  }

  private draw(): void {
    this.frame = 0;
    const view = this.view ?? this.whole();
    const columns = Math.max(50, Math.round(this.wide() * Math.min(2, devicePixelRatio || 1)));
    const data = this.lines.map(({ curve, values }) => {
      const { steps, length } = curve.trace;
      return decimate(steps, values.read(), length, view, columns, this.look.log);
    });
    this.plot.batch(() => {
      this.plot.setData([grid(view, columns), ...data], false);
      this.plot.setScale("x", view);
    });
    this.tellField(view);
  }

  /** Of the field, in CSS pixels; uPlot's own says nothing before it has drawn once. */
  private wide(): number {
    return this.element.clientWidth - AXIS;
  }

  private whole(): View {
    const ends = this.lines.map(({ curve }) => curve.trace.lastStep);
    return { min: 0, max: Math.max(10, ...ends) };
  }

  private tellField(view: View): void {
    const field = { left: this.plot.over.offsetLeft, width: this.plot.over.clientWidth, view };
    const told = JSON.stringify(field);
    if (told !== this.field) {
      this.field = told;
      this.heard.field(field);
    }
  }

  private options(behind: number): uPlot.Options {
    return {
      width: Math.max(200, this.element.clientWidth),
      height: Math.max(160, this.element.clientHeight),
      legend: { show: false },
      scales: { x: { time: false }, y: { distr: this.look.log ? 3 : 1, range: (_, min, max) => this.range(min, max) } },
      series: [{}, ...this.lines.map((line, place) => seriesOf(line, place < behind))],
      axes: this.axes(),
      cursor: {
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
        y: false,
        bind: {
          dblclick: () => () => {
            this.heard.view(null);
            return null;
          },
        },
      },
      hooks: {
        draw: [(plot) => this.drawMarks(plot)],
        setSelect: [(plot) => this.select(plot)],
        setCursor: [(plot) => this.point(plot)],
      },
    };
  }

  private axes(): uPlot.Axis[] {
    const { format, log } = this.look;
    const text = variable("--mantine-color-dimmed");
    const line = { stroke: variable("--mantine-color-default-border"), width: 1 };
    const common = { stroke: text, font: `12px ${variable("--mantine-font-family")}`, ticks: { show: false } };
    return [
      {
        ...common,
        grid: { show: false },
        size: 30,
        splits: (_plot, _, min, max) => ticks(min, max, Math.max(2, this.wide() / 90), true),
        values: (_, splits) => splits.map((value) => format.short(value)),
      },
      {
        ...common,
        grid: line,
        size: AXIS,
        splits: (_plot, _, min, max) => (log ? logTicks : ticks)(min, max, Math.max(2, this.element.clientHeight / 50)),
        filter: (_, splits) => splits,
        values: (_, splits) => splits.map((value) => (value === null ? "" : format.short(value))),
      },
    ];
  }

  private range(min: number | null, max: number | null): [number, number] {
    if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) {
      return this.look.log ? [0.1, 10] : [0, 1];
    }
    if (this.look.log) {
      return [min / 1.15, max * 1.15];
    }
    const room = (max - min) * 0.06 || Math.abs(max) * 0.1 || 1;
    return [min - room, max + room];
  }

  private select(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width > 4) {
      this.heard.view(viewOf(plot.posToVal(left, "x"), plot.posToVal(left + width, "x")));
    }
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  private point(plot: uPlot): void {
    const { left } = plot.cursor;
    this.heard.cursor(left === undefined || left === null || left < 0 ? null : plot.posToVal(left, "x"));
  }

  private drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = variable("--mantine-color-dimmed");
    ctx.globalAlpha = 0.35;
    ctx.lineWidth = uPlot.pxRatio;
    ctx.setLineDash([2 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
    for (const step of this.marks) {
      const left = Math.round(plot.valToPos(step, "x", true));
      if (left >= bbox.left && left <= bbox.left + bbox.width) {
        ctx.beginPath();
        ctx.moveTo(left, bbox.top);
        ctx.lineTo(left, bbox.top + bbox.height);
        ctx.stroke();
      }
    }
    ctx.restore();
  }
}

/** Where a curve was measured; at the edges of the picture it only goes on. */
function measured(plot: uPlot, series: number): number[] {
  const drawn = plot.data[series] ?? [];
  return Array.from(drawn.keys()).filter((place) => place > 0 && place < drawn.length - 1 && drawn[place] !== null);
}

function seriesOf({ curve }: Line, faint: boolean): uPlot.Series {
  return {
    stroke: curve.colour,
    width: faint ? 1 : 2,
    alpha: faint ? 0.3 : 1,
    dash: [...curve.dash],
    spanGaps: true,
    // uPlot draws what a filter names even where points are not shown: a curve of thousands would be a string of beads.
    points: { show: curve.validation, size: 7, fill: curve.colour, filter: curve.validation ? measured : () => null },
  };
}
