/** What this browser remembers of its microphones; of no other machine, so it is kept here and not on the server. */
const DEVICE = "coaxial.microphone";
const RATES = "coaxial.microphone.rates";
const COUNTDOWN = "coaxial.countdown";
const ROOM = "coaxial.room";

/** Milliseconds after which a room is measured again: doors open, fans start. */
const ROOM_LASTS = 4 * 3_600_000;

export function rememberedDevice(): string {
  return read(DEVICE) ?? "";
}

export function rememberDevice(device: string): void {
  write(DEVICE, device);
}

export function rateBefore(device: string): number | null {
  return rates()[device] ?? null;
}

export function rememberRate(device: string, rate: number): void {
  write(RATES, JSON.stringify({ ...rates(), [device]: rate }));
}

export function wantsCountdown(): boolean {
  return read(COUNTDOWN) === "yes";
}

export function rememberCountdown(wanted: boolean): void {
  write(COUNTDOWN, wanted ? "yes" : "no");
}

/** Whether the room was measured with this microphone a short while ago. */
export function roomIsKnown(device: string, now = Date.now()): boolean {
  const [known, at] = (read(ROOM) ?? "").split("\n");
  return known === device && now - Number(at) < ROOM_LASTS;
}

export function rememberRoom(device: string, now = Date.now()): void {
  write(ROOM, `${device}\n${now}`);
}

function rates(): Record<string, number> {
  try {
    return JSON.parse(read(RATES) ?? "{}") as Record<string, number>;
  } catch {
    return {};
  }
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}
