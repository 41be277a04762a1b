/** C0 and C1 controls and the marks that turn the direction of text: what a driver prints must not steer a terminal. */
// eslint-disable-next-line no-control-regex -- controls are what is looked for
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A foreign text in a form that is safe in a log and on a terminal. Tabs stay. */
export function cleanText(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
