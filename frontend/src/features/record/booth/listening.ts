import type { Microphone } from "../capture/microphone";
import { joined } from "../capture/wav";
import { ROOM_SECONDS, type Room, roomOf } from "../measure/room";

/** Seconds that are not listened to: the key that was pressed. */
const KEY = 0.4;

/** Hear some seconds of a room in which nobody speaks; the answer stops it before its time. */
export function listenToRoom(microphone: Microphone, done: (room: Room) => void): () => void {
  const heard: Float32Array[] = [];
  let length = 0;
  const stop = microphone.hear((samples) => {
    heard.push(samples);
    length += samples.length;
    if (length >= (KEY + ROOM_SECONDS) * microphone.rate) {
      stop();
      done(roomOf(joined(heard).subarray(Math.round(KEY * microphone.rate)), microphone.rate));
    }
  });
  return stop;
}
