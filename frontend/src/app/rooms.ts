import {
  IconChecklist,
  IconDatabase,
  IconHeartRateMonitor,
  IconMicrophone,
  IconSchool,
  IconSpeakerphone,
} from "@tabler/icons-react";

/** The rooms of the studio, in the order of the work; the last two look after it. */
export const ROOMS = [
  { to: "/record", name: "record", icon: IconMicrophone },
  { to: "/dataset", name: "dataset", icon: IconDatabase },
  { to: "/train", name: "train", icon: IconSchool },
  { to: "/voices", name: "voices", icon: IconSpeakerphone },
  { to: "/jobs", name: "jobs", icon: IconChecklist },
  { to: "/system", name: "system", icon: IconHeartRateMonitor },
] as const;
