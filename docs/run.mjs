// `npm run docs`: builds the site and shows it. `npm run docs -- --build` only builds it, and does nothing where nothing of
// it has changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as buildPackages } from '../scripts/build.mjs';
import { ensureInstalled } from '../scripts/installed.mjs';
import { PACKAGES } from './packages.mjs';

const docs = dirname(fileURLToPath(import.meta.url));
const root = dirname(docs);
const stamp = join(root, '.cache/docs-of');

/** What the site is made of, as one text. */
function ingredients() {
  const hash = createHash('sha256');
  const add = (folder, recursive) => {
    for (const name of readdirSync(join(root, folder), { recursive }).map(String).sort()) {
      if (/\.(?:md|mjs|json|d\.ts)$/.test(name))
        hash.update(name).update(readFileSync(join(root, folder, name)));
    }
  };
  for (const folder of ['docs', 'docs/.vitepress', 'examples']) add(folder, false);
  for (const name of PACKAGES) add(`packages/${name}/dist`, true);
  return hash.digest('hex');
}

const buildOnly = process.argv.includes('--build');
if (!buildOnly) await buildPackages();
const made = ingredients();
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== made) {
  await ensureInstalled(docs);
  const { build } = await import('./build.mjs');
  await build();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, made);
}
if (!buildOnly) {
  const { serve } = await import('vitepress');
  await serve({ root: docs });
}
