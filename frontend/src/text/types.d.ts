import "i18next";
import type { Words } from "@/text/en";

// English is what every key is checked against.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "shell";
    resources: Words;
  }
}
