import { decibels, FULL_SCALE, peakOf, rmsOf, SILENCE } from "../measure/levels";

/** Milliseconds for which the clipping light stays on: long enough to be seen by who reads a sentence. */
const LIT = 1500;

/** How loud it is at this moment; read as often as the screen is drawn, which is why nobody is told of each change. */
export class Level {
  /** dBFS, of the last block. */
  peak = SILENCE;
  rms = SILENCE;
  private lit = Number.NEGATIVE_INFINITY;

  take(samples: Float32Array, now = performance.now()): void {
    const peak = peakOf(samples);
    this.peak = decibels(peak);
    this.rms = decibels(rmsOf(samples));
    if (peak >= FULL_SCALE) {
      this.lit = now;
    }
  }

  clipping(now = performance.now()): boolean {
    return now - this.lit < LIT;
  }
}
