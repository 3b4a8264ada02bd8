import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** What importing an entry loads at once: files of ours and packages; with `ever` also what it loads later. */
async function loads(entry: string, when: 'at once' | 'ever' = 'at once'): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [`${source}/${entry}.ts`],
    absWorkingDir: source,
    bundle: true,
    format: 'esm',
    logLevel: 'silent',
    metafile: true,
    packages: 'external',
    platform: 'node',
    write: false,
  });
  const found = new Set<string>();
  const follow = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    for (const { path, kind } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'import-statement' || when === 'ever') follow(path);
    }
  };
  follow(`${entry}.ts`);
  return [...found];
}

/** What only some starts need. */
const LATER = ['open', 'undici', 'fetch/undici-fetch.ts'];

describe('importing an entry', () => {
  it.each(['config', 'fetch', 'paths', 'sign-in', 'stores', 'surroundings', 'index'])(
    '%s loads neither open nor undici',
    async (entry) => {
      const files = await loads(entry);
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter((file) => LATER.includes(file))).toEqual([]);
    },
  );

  it('they are there under these names: undici is loaded when it is needed, open in another process', async () => {
    const { dependencies } = JSON.parse(readFileSync(`${source}/../package.json`, 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(dependencies).toHaveProperty('open');
    const later = LATER.filter((file) => file !== 'open');
    expect(await loads('index', 'ever')).toEqual(expect.arrayContaining(later));
  });

  it('config and stores, all that a valid token needs, load neither the listener nor a way to the network', async () => {
    const files = [...(await loads('config')), ...(await loads('stores')), ...(await loads('paths'))];
    const reaches = (file: string) =>
      /^(?:sign-in|fetch)\//.test(file) || /^(?:node:)?(?:http|net)$/.test(file);
    expect(files.filter(reaches)).toEqual([]);
    const others = [...(await loads('sign-in')), ...(await loads('fetch'))].filter(reaches);
    expect(others.some((file) => file.startsWith('sign-in/'))).toBe(true);
    expect(others.some((file) => file.startsWith('fetch/'))).toBe(true);
    expect(others.some((file) => file.endsWith('http'))).toBe(true);
  });

  it('stores, paths and surroundings load no TOML parser', async () => {
    for (const entry of ['stores', 'paths', 'surroundings'])
      expect(await loads(entry)).not.toContain('smol-toml');
    expect(await loads('config')).toContain('smol-toml');
  });
});
