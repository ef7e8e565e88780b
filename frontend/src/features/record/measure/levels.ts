/** dBFS given for digital silence. */
export const SILENCE = -120;

/** Decibels of an amplitude, where full scale is 0. */
export function decibels(amplitude: number): number {
  return amplitude > 0 ? Math.max(SILENCE, 20 * Math.log10(amplitude)) : SILENCE;
}

export function peakOf(samples: Float32Array): number {
  let peak = 0;
  for (const sample of samples) {
    peak = Math.max(peak, Math.abs(sample));
  }
  return peak;
}

/** Root mean square. */
export function rmsOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) {
    sum += sample * sample;
  }
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/** Root mean square of every whole window, or of all where there is not one. */
export function windowsOf(samples: Float32Array, window: number): number[] {
  if (samples.length < window) {
    return [rmsOf(samples)];
  }
  const count = Math.floor(samples.length / window);
  return Array.from({ length: count }, (_, index) => rmsOf(samples.subarray(index * window, (index + 1) * window)));
}

/** The value below which a share of all values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Full scale, with the last step of 16 bits: more, no microphone gives. */
export const FULL_SCALE = 32766 / 32768;

const RUN = 3;

/** Fraction of the samples that lie in runs of three or more at full scale, as the server counts them. */
export function clippedOf(samples: Float32Array): number {
  let clipped = 0;
  let run = 0;
  for (const sample of samples) {
    if (Math.abs(sample) >= FULL_SCALE) {
      run += 1;
      clipped += run === RUN ? RUN : run > RUN ? 1 : 0;
    } else {
      run = 0;
    }
  }
  return samples.length === 0 ? 0 : clipped / samples.length;
}

/** The smallest and the largest sample of each of so many equal parts: what a waveform is drawn from. */
export function outlineOf(samples: Float32Array, parts: number): number[] {
  const outline: number[] = [];
  for (let part = 0; part < parts; part += 1) {
    let extreme = 0;
    const end = Math.floor(((part + 1) * samples.length) / parts);
    for (let index = Math.floor((part * samples.length) / parts); index < end; index += 1) {
      const sample = samples[index] ?? 0;
      extreme = Math.abs(sample) > Math.abs(extreme) ? sample : extreme;
    }
    outline.push(extreme);
  }
  return outline;
}
