export const LANGUAGES = ['ts', 'go', 'python', 'rust'] as const;

/** A language that there is a template for, by the name of its directory below templates/. */
export type Language = (typeof LANGUAGES)[number];

export function isLanguage(text: string): text is Language {
  return LANGUAGES.some((language) => language === text);
}
