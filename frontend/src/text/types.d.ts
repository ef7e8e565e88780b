import "i18next";
import type dataset from "@/text/en/dataset.json";
import type home from "@/text/en/home.json";
import type imports from "@/text/en/import.json";
import type jobs from "@/text/en/jobs.json";
import type record from "@/text/en/record.json";
import type shell from "@/text/en/shell.json";
import type system from "@/text/en/system.json";
import type train from "@/text/en/train.json";
import type voices from "@/text/en/voices.json";

// English is what every key is checked against.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "shell";
    resources: {
      shell: typeof shell;
      system: typeof system;
      train: typeof train;
      import: typeof imports;
      jobs: typeof jobs;
      dataset: typeof dataset;
      home: typeof home;
      record: typeof record;
      voices: typeof voices;
    };
  }
}
