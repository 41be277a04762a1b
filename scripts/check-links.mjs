// Every relative link in a Markdown file leads to a file, and its #part to a heading there.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'];
const pages = execFileSync('git', listed, { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((page) => page !== '' && existsSync(join(root, page)));

const broken = pages.flatMap(brokenLinks);
for (const line of broken) console.log(line);
if (pages.length === 0) console.log('no pages were found');
process.exitCode = broken.length > 0 || pages.length === 0 ? 1 : 0;

function brokenLinks(page) {
  const file = join(root, page);
  const links = prose(file).matchAll(/\]\(<?([^()\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s+(\S+)/gm);
  return [...links]
    .map(([, inline, reference]) => inline ?? reference)
    .filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link))
    .map((link) => [link, fault(file, link)])
    .filter(([, reason]) => reason !== undefined)
    .map(([link, reason]) => `${page}: ${link}: ${reason}`);
}

function fault(file, link) {
  const [path, part] = link.split('#');
  const target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path));
  if (relative(root, target).startsWith('..')) return 'leads out of the repository';
  if (!existsSync(target)) return 'is not there';
  if (part === undefined || statSync(target).isDirectory() || !target.endsWith('.md')) return undefined;
  return headings(target).has(part) ? undefined : 'there is no such heading';
}

/** The names that GitHub gives to headings; one that is there twice gets -1. */
function headings(file) {
  const names = new Set();
  for (const [, heading] of prose(file).matchAll(/^#{1,6}\s+(.+?)\s*$/gm)) {
    const name = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let count = 0;
    while (names.has(count === 0 ? name : `${name}-${count}`)) count++;
    names.add(count === 0 ? name : `${name}-${count}`);
  }
  return names;
}

/** Without blocks of code; what is code inside a line of prose holds no links either. */
function prose(file) {
  const text = readFileSync(file, 'utf8').replace(/^(\s*)(```|~~~)[\s\S]*?^\s*\2\s*$/gm, '');
  return text.replace(/^(#.*)$|`[^`\n]*`/gm, (match, heading) => heading ?? '');
}
