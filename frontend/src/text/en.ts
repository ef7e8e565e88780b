import dataset from "@/text/en/dataset.json";
import home from "@/text/en/home.json";
import imports from "@/text/en/import.json";
import jobs from "@/text/en/jobs.json";
import record from "@/text/en/record.json";
import shell from "@/text/en/shell.json";
import system from "@/text/en/system.json";
import train from "@/text/en/train.json";
import voices from "@/text/en/voices.json";

/** Every word of the page in English, by its room: one file to fetch. */
export const words = { dataset, home, import: imports, jobs, record, shell, system, train, voices };

export type Words = typeof words;
