import "i18next";
import type home from "@/text/en/home.json";
import type shell from "@/text/en/shell.json";
import type voices from "@/text/en/voices.json";

// English is what every key is checked against.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "shell";
    resources: { shell: typeof shell; home: typeof home; voices: typeof voices };
  }
}
