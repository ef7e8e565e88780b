import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Words } from "@/text/en";

export const LANGUAGES = { en: "English", sv: "Svenska" } as const;

export type Language = keyof typeof LANGUAGES;

const KEPT = "coaxial.language";

/** The words of a language are one file, and a person's language is the only one that is fetched. */
const FETCH: Record<Language, () => Promise<{ words: Words }>> = {
  en: () => import("@/text/en"),
  sv: () => import("@/text/sv"),
};

/** Load the words of the language that was chosen here, or else that the browser asks for. */
export async function begin(): Promise<void> {
  const language = chosen();
  const { words } = await FETCH[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: words },
    fallbackLng: false,
    defaultNS: "shell",
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
}

/** Show the page in a language, now and the next time. */
export async function choose(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "shell")) {
    for (const [room, found] of Object.entries((await FETCH[language]()).words)) {
      i18next.addResourceBundle(language, room, found);
    }
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // A browser that keeps nothing still shows the language now.
  }
}

function chosen(): Language {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    kept = null;
  }
  const wanted = [kept ?? "", ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag): tag is Language => tag in LANGUAGES) ?? "en";
}
