import { useEffect, useState } from "react";
import { soundOf } from "../capture/wav";
import { audioOf } from "../keep/takes";
import { outlineOf } from "../measure/levels";

export interface KeptSound {
  /** A blob: address. */
  source: string;
  outline: number[];
}

/** The sound of a take that this browser keeps; null until it is there. */
export function useSound(id: string): KeptSound | null {
  const [sound, setSound] = useState<KeptSound | null>(null);
  useEffect(() => {
    let source = "";
    let gone = false;
    void audioOf(id).then((file) => {
      if (file !== undefined && !gone) {
        source = URL.createObjectURL(new Blob([file], { type: "audio/wav" }));
        setSound({ source, outline: outlineOf(soundOf(file).samples, 400) });
      }
    });
    return () => {
      gone = true;
      URL.revokeObjectURL(source);
    };
  }, [id]);
  return sound;
}
