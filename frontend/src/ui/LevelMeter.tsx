import "./sound.css";
import { useEffect, useRef } from "react";

export interface Loudness {
  /** dBFS. */
  peak: number;
  rms: number;
  clipping: boolean;
}

interface MeterParts {
  /** Read as often as the screen is drawn. */
  read: () => Loudness;
  label: string;
  /** Beside the light that is lit while the sound is at full scale. */
  clippingLabel: string;
}

/** dBFS at the left end. */
const LOWEST = -60;

/** How loud it is now, with the range to aim at, and a light for what is too loud; drawn without React's help. */
export function LevelMeter({ read, label, clippingLabel }: MeterParts) {
  const meter = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let frame = 0;
    let held = LOWEST;
    const draw = () => {
      const { peak, rms, clipping } = read();
      // The highest of the last moments stays to be seen, and sinks by half a decibel a frame.
      held = Math.max(peak, held - 0.5);
      const style = meter.current?.style;
      style?.setProperty("--rms", String(share(rms)));
      style?.setProperty("--peak", String(share(held)));
      meter.current?.toggleAttribute("data-clipping", clipping);
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [read]);

  return (
    <div ref={meter} className="meter" role="img" aria-label={label}>
      <div className="meter-scale">
        <div className="meter-good" />
        <div className="meter-rms" />
        <div className="meter-peak" />
      </div>
      <div className="meter-light" aria-hidden>
        <span className="meter-lamp" />
        <span className="meter-word">{clippingLabel}</span>
      </div>
    </div>
  );
}

function share(level: number): number {
  return Math.min(1, Math.max(0, 1 - level / LOWEST));
}
