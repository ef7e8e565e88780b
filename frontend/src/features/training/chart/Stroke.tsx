import type { Curve } from "@/features/training/chart/curves";

/** How a curve is drawn, beside its figure. */
export function Stroke({ curve }: { curve: Curve | undefined }) {
  if (curve === undefined) {
    return null;
  }
  return (
    <svg width={28} height={10} aria-hidden style={{ verticalAlign: "middle" }}>
      <line x1={0} x2={28} y1={5} y2={5} stroke={curve.colour} strokeWidth={2} strokeDasharray={curve.dash.join(" ")} />
      {curve.validation ? <circle cx={14} cy={5} r={3.5} fill={curve.colour} /> : null}
    </svg>
  );
}
