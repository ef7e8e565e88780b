import { useCallback, useEffect, useRef, useState } from "react";
import { Microphone } from "./microphone";
import { type Obstacle, obstacleIn, obstacleOf } from "./obstacles";
import { rememberDevice, rememberedDevice } from "./remembered";

export interface MicrophoneState {
  microphone: Microphone | null;
  opening: boolean;
  obstacle: Obstacle | null;
  devices: MediaDeviceInfo[];
  device: string;
  open: () => Promise<void>;
  choose: (device: string) => void;
}

/** The microphone of the room: opened when asked for, or at once where the person allowed it before. */
export function useMicrophone(): MicrophoneState {
  const [microphone, setMicrophone] = useState<Microphone | null>(null);
  const [opening, setOpening] = useState(false);
  const [obstacle, setObstacle] = useState<Obstacle | null>(() => obstacleOf(window));
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  const [device, setDevice] = useState(rememberedDevice);
  // Which opening is the last one asked for: an older one that ends later is closed again.
  const asked = useRef(0);
  const current = useRef<Microphone | null>(null);

  const openDevice = useCallback(async (wanted: string) => {
    const impossible = obstacleOf(window);
    setObstacle(impossible);
    if (impossible !== null) {
      return;
    }
    asked.current += 1;
    const mine = asked.current;
    current.current?.close();
    current.current = null;
    setMicrophone(null);
    setOpening(true);
    const tell = (found: Obstacle | null) => {
      if (mine !== asked.current) {
        return;
      }
      setObstacle(found);
      if (found === "unplugged") {
        // It does not come back by itself: nothing can be begun with it, and another one can be chosen.
        current.current?.close();
        current.current = null;
        setMicrophone(null);
      }
    };
    try {
      const opened = await openOrOther(wanted, tell);
      if (mine !== asked.current) {
        opened.close();
        return;
      }
      current.current = opened;
      setMicrophone(opened);
      setDevice(opened.device);
      rememberDevice(opened.device);
      setDevices(await microphones());
    } catch (error) {
      tell(obstacleIn(error));
    } finally {
      if (mine === asked.current) {
        setOpening(false);
      }
    }
  }, []);

  useEffect(() => {
    let gone = false;
    void wasAllowed().then((allowed) => {
      if (allowed && !gone && current.current === null) {
        void openDevice(rememberedDevice());
      }
    });
    return () => {
      gone = true;
      asked.current += 1;
      current.current?.close();
      current.current = null;
    };
  }, [openDevice]);

  useEffect(() => {
    const media = navigator.mediaDevices as MediaDevices | undefined;
    const look = () => void microphones().then(setDevices);
    media?.addEventListener("devicechange", look);
    return () => media?.removeEventListener("devicechange", look);
  }, []);

  useEffect(() => {
    if (microphone === null) {
      return;
    }
    const wake = () => void microphone.resume();
    const events = ["pointerdown", "keydown", "visibilitychange"] as const;
    for (const event of events) {
      document.addEventListener(event, wake);
    }
    return () => {
      for (const event of events) {
        document.removeEventListener(event, wake);
      }
    };
  }, [microphone]);

  const open = useCallback(() => openDevice(device), [openDevice, device]);
  const choose = useCallback((wanted: string) => void openDevice(wanted), [openDevice]);
  return { microphone, opening, obstacle, devices, device, open, choose };
}

/** The remembered microphone, or any other where it is not plugged in today. */
async function openOrOther(wanted: string, tell: (obstacle: Obstacle | null) => void): Promise<Microphone> {
  try {
    return await Microphone.open(wanted, tell);
  } catch (error) {
    if (wanted !== "" && obstacleIn(error) === "missing") {
      return Microphone.open("", tell);
    }
    throw error;
  }
}

async function microphones(): Promise<MediaDeviceInfo[]> {
  const media = navigator.mediaDevices as MediaDevices | undefined;
  const all = (await media?.enumerateDevices()) ?? [];
  return all.filter((one) => one.kind === "audioinput" && one.deviceId !== "");
}

async function wasAllowed(): Promise<boolean> {
  try {
    const found = await navigator.permissions.query({ name: "microphone" as PermissionName });
    return found.state === "granted";
  } catch {
    // Not every browser tells; then the person says when.
    return false;
  }
}
