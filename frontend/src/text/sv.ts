import type { Words } from "@/text/en";
import dataset from "@/text/sv/dataset.json";
import home from "@/text/sv/home.json";
import imports from "@/text/sv/import.json";
import jobs from "@/text/sv/jobs.json";
import record from "@/text/sv/record.json";
import shell from "@/text/sv/shell.json";
import system from "@/text/sv/system.json";
import train from "@/text/sv/train.json";
import voices from "@/text/sv/voices.json";

/** The same in Swedish. */
export const words: Words = { dataset, home, import: imports, jobs, record, shell, system, train, voices };
