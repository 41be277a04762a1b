import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testAccount } from '../harness/client.js';
import { createContent, toBuffer } from '../harness/content.js';
import { describeOnEachPlane } from '../harness/on-each-plane.js';
import { tagDigest } from '../harness/push-images.js';
import { MIB } from '../harness/scale.js';
import { useTool } from '../harness/tool.js';

const big = toBuffer(createContent('oras', 4 * MIB));
const SBOM = 'application/vnd.example.sbom';
const SIGNATURE = 'application/vnd.example.signature';

describeOnEachPlane('oras', (current) => {
  test('oras-py pushes files and a folder, and pulls them', async (context) => {
    const { run, home } = await orasPy(context);
    const reference = `${current().host}/oras-py/files:v1`;
    const digest = await run(
      'push',
      reference,
      'big:application/x.big',
      'folder',
      '--artifact-type',
      'application/x.a',
    );
    expect(digest).toContain(await tagDigest(current(), 'oras-py/files', 'v1'));
    await run('pull', reference, '--output', 'out');
    expect(await readFile(join(home, 'out', 'big'))).toEqual(big);
    expect(await readFile(join(home, 'out', 'folder', 'note'), 'utf8')).toBe('a note');
    expect(await run('tags', `${current().host}/oras-py/files`)).toContain('v1');
  });

  test('oras-py pushes a file in chunks', async (context) => {
    const { run, home } = await orasPy(context);
    const reference = `${current().host}/oras-py/chunks:v1`;
    await run('push', reference, 'big', '--chunk-size', '1000000');
    await run('pull', reference, '--output', 'out');
    expect(await readFile(join(home, 'out', 'big'))).toEqual(big);
  });

  test('oras-py attaches artifacts to an artifact and discovers them', async (context) => {
    const { run, home } = await orasPy(context);
    const reference = `${current().host}/oras-py/subject:v1`;
    await writeFile(join(home, 'sbom'), 'a list of parts');
    await run('push', reference, 'big');
    await run('attach', reference, 'sbom', '--artifact-type', SBOM);
    await run('attach', reference, 'sbom', '--artifact-type', SIGNATURE);
    expect(artifactTypes(await run('discover', reference))).toEqual([SBOM, SIGNATURE]);
    expect(artifactTypes(await run('discover', reference, '--artifact-type', SBOM))).toEqual([SBOM]);
  });

  test('oras pushes, pulls, attaches and discovers', async (context) => {
    const tool = useTool(context, 'oras');
    const { home, run } = await testAccount();
    const reference = `${current().host}/oras/files:v1`;
    await writeFile(join(home, 'big'), big);
    await writeFile(join(home, 'sbom'), 'a list of parts');
    await run(tool, 'push', '--plain-http', reference, 'big:application/x.big');
    await run(tool, 'pull', '--plain-http', '--output', 'out', reference);
    expect(await readFile(join(home, 'out', 'big'))).toEqual(big);
    await run(tool, 'attach', '--plain-http', '--artifact-type', SBOM, reference, 'sbom:text/plain');
    expect(await run(tool, 'discover', '--plain-http', '--format', 'json', reference)).toContain(SBOM);
  });
});

/** The types of an array of descriptors in JSON, sorted. */
function artifactTypes(json: string): string[] {
  const descriptors = JSON.parse(json) as { artifactType: string }[];
  return descriptors.map(({ artifactType }) => artifactType).sort();
}

async function orasPy(context: Parameters<typeof useTool>[0]) {
  const tool = useTool(context, 'oras-py');
  const { home, run } = await testAccount();
  await writeFile(join(home, 'big'), big);
  await mkdir(join(home, 'folder'));
  await writeFile(join(home, 'folder', 'note'), 'a note');
  return { home, run: (...args: string[]) => run(tool, '--plain-http', ...args) };
}
