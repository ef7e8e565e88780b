import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { en: "English", sv: "Svenska" } as const;

export type Language = keyof typeof LANGUAGES;

const KEPT = "coaxial.language";

/** Every file of words of a language, by its room. */
const files = import.meta.glob<{ default: Record<string, unknown> }>("./{en,sv}/*.json");

/** Load the words of the language that was chosen here, or else that the browser asks for. */
export async function begin(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    resources: { en: await words("en") },
    fallbackLng: "en",
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await choose(chosen());
}

/** Show the page in a language, now and the next time. */
export async function choose(language: Language): Promise<void> {
  if (language !== "en" && !i18next.hasResourceBundle(language, "shell")) {
    for (const [room, found] of Object.entries(await words(language))) {
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

async function words(language: Language): Promise<Record<string, Record<string, unknown>>> {
  const mine = Object.entries(files).filter(([path]) => path.startsWith(`./${language}/`));
  const loaded = await Promise.all(
    mine.map(async ([path, load]) => [path.slice(5, -5), (await load()).default] as const),
  );
  return Object.fromEntries(loaded);
}
