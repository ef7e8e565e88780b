/** Samples in -1..1 from 16-bit PCM, low byte first, that comes in pieces which may end in the middle of a sample. */
export class PcmReader {
  private rest = new Uint8Array(0);

  /** The whole samples of what has come; an odd byte waits for its other half. */
  take(bytes: Uint8Array): Float32Array<ArrayBuffer> {
    const all = new Uint8Array(this.rest.length + bytes.length);
    all.set(this.rest);
    all.set(bytes, this.rest.length);
    const whole = all.length - (all.length % 2);
    this.rest = all.slice(whole);
    const view = new DataView(all.buffer, 0, whole);
    const samples = new Float32Array(whole / 2);
    for (let at = 0; at < samples.length; at++) {
      samples[at] = view.getInt16(2 * at, true) / 32_768;
    }
    return samples;
  }
}
