/** Sound as it came from the microphone: one channel of samples between -1 and 1. */
export interface Sound {
  samples: Float32Array<ArrayBuffer>;
  /** Samples per second. */
  rate: number;
}

export type Bits = 16 | 24;

const HEADER = 44;

/** A WAV file (RIFF, PCM, mono) that loses nothing: 16 bits where every sample is a whole step of 16 bits, else 24. */
export function wavOf(sound: Sound, bits: Bits = bitsOf(sound.samples)): ArrayBuffer {
  const width = bits / 8;
  const size = sound.samples.length * width;
  const file = new ArrayBuffer(HEADER + size + (size % 2));
  const view = new DataView(file);
  text(view, 0, "RIFF");
  view.setUint32(4, file.byteLength - 8, true);
  text(view, 8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sound.rate, true);
  view.setUint32(28, sound.rate * width, true);
  view.setUint16(32, width, true);
  view.setUint16(34, bits, true);
  text(view, 36, "data");
  view.setUint32(40, size, true);
  const write = bits === 16 ? write16 : write24;
  write(view, sound.samples);
  return file;
}

/** Most microphones deliver 16 bits, and storing more would be zeros; what delivers more keeps it. */
export function bitsOf(samples: Float32Array): Bits {
  for (const sample of samples) {
    const scaled = sample * 32768;
    if (scaled !== Math.round(scaled)) {
      return 24;
    }
  }
  return 16;
}

function write16(view: DataView, samples: Float32Array): void {
  for (const [index, sample] of samples.entries()) {
    view.setInt16(HEADER + index * 2, whole(sample, 32768), true);
  }
}

function write24(view: DataView, samples: Float32Array): void {
  for (const [index, sample] of samples.entries()) {
    const value = whole(sample, 8388608);
    view.setUint16(HEADER + index * 3, value & 0xffff, true);
    view.setInt8(HEADER + index * 3 + 2, value >> 16);
  }
}

function whole(sample: number, scale: number): number {
  return Math.max(-scale, Math.min(scale - 1, Math.round(sample * scale)));
}

function text(view: DataView, at: number, letters: string): void {
  for (const [index, letter] of [...letters].entries()) {
    view.setUint8(at + index, letter.charCodeAt(0));
  }
}

/** Pieces of one recording, in order, as one. */
export function joined(pieces: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The samples of a file that wavOf wrote. */
export function soundOf(file: ArrayBuffer): Sound {
  const view = new DataView(file);
  const width = view.getUint16(32, true);
  const samples = new Float32Array(view.getUint32(40, true) / width);
  for (let index = 0; index < samples.length; index += 1) {
    const at = HEADER + index * width;
    samples[index] =
      width === 2
        ? view.getInt16(at, true) / 32768
        : (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 8388608;
  }
  return { samples, rate: view.getUint32(24, true) };
}
