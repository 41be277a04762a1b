/**
 * C0 and C1 controls, marks that turn the direction of text, and what is there without being seen: what a stranger wrote must
 * neither steer a terminal nor look like something else.
 */
const CONTROLS =
  // eslint-disable-next-line no-control-regex -- controls are what is looked for
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A foreign text in a form that is safe in a log and on a terminal. Tabs stay. The escapes are those of JSON. */
export function cleanText(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
