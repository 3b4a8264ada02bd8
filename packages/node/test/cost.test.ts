import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** What importing an entry loads at once: files of ours and packages. */
async function loads(entry: string): Promise<readonly string[]> {
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
      if (kind === 'import-statement') follow(path);
    }
  };
  follow(`${entry}.ts`);
  return [...found];
}

describe('importing an entry', () => {
  it.each(['config', 'fetch', 'paths', 'sign-in', 'stores', 'surroundings', 'index'])(
    '%s loads neither open nor undici',
    async (entry) => {
      const files = await loads(entry);
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter((file) => ['open', 'undici', 'fetch/proxied-fetch.ts'].includes(file))).toEqual([]);
    },
  );

  it('config and stores, all that a valid token needs, load neither the listener nor a way to the network', async () => {
    const files = [...(await loads('config')), ...(await loads('stores')), ...(await loads('paths'))];
    expect(
      files.filter((file) => /^(?:sign-in|fetch)\//.test(file) || /node:(?:http|net)/.test(file)),
    ).toEqual([]);
  });

  it('stores, paths and surroundings load no TOML parser', async () => {
    for (const entry of ['stores', 'paths', 'surroundings'])
      expect(await loads(entry)).not.toContain('smol-toml');
  });
});
