import { Level } from "./level";
import { type Caution, cautionsOf, type Obstacle } from "./obstacles";
import worklet from "./pcm.worklet.ts?worker&url";
import { rateBefore, rememberRate } from "./remembered";

/** Hears every block of samples, in order. */
export type Hears = (samples: Float32Array<ArrayBuffer>) => void;

/** A microphone that is open: its samples at its own rate, with nothing done to them. */
export class Microphone {
  readonly level = new Level();
  readonly rate: number;
  readonly device: string;
  readonly cautions: Caution[];
  private readonly hearers = new Set<Hears>();

  private constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
    track: MediaStreamTrack,
    onObstacle: (obstacle: Obstacle | null) => void,
  ) {
    const settings = track.getSettings();
    this.rate = context.sampleRate;
    this.device = settings.deviceId ?? "";
    this.cautions = cautionsOf(settings, this.rate, rateBefore(this.device));
    rememberRate(this.device, this.rate);
    track.addEventListener("ended", () => onObstacle("unplugged"));
    track.addEventListener("mute", () => onObstacle("muted"));
    track.addEventListener("unmute", () => onObstacle(null));
    context.addEventListener("statechange", () => {
      if (context.state !== "closed" && track.readyState === "live") {
        onObstacle(context.state === "running" ? null : "suspended");
      }
    });
  }

  /** Open a microphone; empty: whichever the browser has as its own. Raises: what obstacleIn understands. */
  static async open(device: string, onObstacle: (obstacle: Obstacle | null) => void): Promise<Microphone> {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: {
        ...(device ? { deviceId: { exact: device } } : {}),
        channelCount: { ideal: 1 },
        echoCancellation: false,
        noiseSuppression: false,
        autoGainControl: false,
      },
    });
    let context: AudioContext | undefined;
    try {
      const track = stream.getAudioTracks()[0];
      if (track === undefined) {
        throw new DOMException("The stream has no sound.", "NotFoundError");
      }
      context = contextFor(track);
      await context.audioWorklet.addModule(worklet);
      const microphone = new Microphone(stream, context, track, onObstacle);
      microphone.connect();
      if (context.state !== "running") {
        // A page that nobody has touched yet may not hear; the first key or click lets it.
        onObstacle("suspended");
        void context.resume();
      }
      return microphone;
    } catch (error) {
      stop(stream);
      void context?.close();
      throw error;
    }
  }

  /** Hear every block from now on, until the returned function is called. */
  hear(hears: Hears): () => void {
    this.hearers.add(hears);
    return () => this.hearers.delete(hears);
  }

  async resume(): Promise<void> {
    if (this.context.state === "suspended") {
      await this.context.resume();
    }
  }

  close(): void {
    this.hearers.clear();
    stop(this.stream);
    void this.context.close();
  }

  private connect(): void {
    const source = this.context.createMediaStreamSource(this.stream);
    const node = new AudioWorkletNode(this.context, "pcm", {
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    node.port.onmessage = (event: MessageEvent<Float32Array<ArrayBuffer>>) => {
      this.level.take(event.data);
      for (const hears of this.hearers) {
        hears(event.data);
      }
    };
    source.connect(node);
  }
}

function contextFor(track: MediaStreamTrack): AudioContext {
  const rate = track.getSettings().sampleRate;
  if (rate !== undefined) {
    try {
      return new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    } catch {
      // A rate that this browser has no context for: its own then, and it converts.
    }
  }
  return new AudioContext({ latencyHint: "interactive" });
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    track.stop();
  }
}
