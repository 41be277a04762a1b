import type { LevelResult } from './levels.js';

const LABEL = 'outrigger driver';
const GREEN = '#2c7a2c';
const RED = '#b03030';
/** Width of a character of the font at 11 px, on the safe side; textLength makes every viewer keep to it. */
const CHARACTER = 6.6;
const PADDING = 10;

/** An SVG without anything from elsewhere: the levels that a driver reached, or that it failed. */
export function createBadge(levels: readonly LevelResult[]): string {
  const isSound = levels.every(({ status }) => status !== 'failed');
  const named = levels.filter(({ status }) => status === (isSound ? 'reached' : 'failed'));
  const names = named.map(({ level }) => level).join(' · ');
  const message = isSound ? names || 'no level' : `failed: ${names}`;
  const [left, right] = [widthOf(LABEL), widthOf(message)];
  const width = left + right;
  const title = escapeXml(`${LABEL}: ${message}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="20" role="img" aria-label="${title}">
  <title>${title}</title>
  <rect width="${String(width)}" height="20" rx="3" fill="#444"/>
  <path d="M${String(left)} 0h${String(right - 3)}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H${String(left)}z" fill="${isSound ? GREEN : RED}"/>
  <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
${text(LABEL, 0, left)}
${text(message, left, right)}
  </g>
</svg>
`;
}

function widthOf(label: string): number {
  return Math.ceil(label.length * CHARACTER) + PADDING;
}

function text(content: string, left: number, width: number): string {
  const [x, length] = [left + PADDING / 2, width - PADDING];
  return `    <text x="${String(x)}" y="14" textLength="${String(length)}">${escapeXml(content)}</text>`;
}

function escapeXml(content: string): string {
  return content.replace(/[&<>"]/g, (letter) => `&#${String(letter.charCodeAt(0))};`);
}
