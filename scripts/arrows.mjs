// Imports only point down (CONTRIBUTING.md, "The map"). Fails on an import that points up, sideways, or out of the
// runtime that a package promises.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What each package's source may import, besides itself. `node` stands for every module of Node. */
const ALLOWED = {
  auth: ['oauth4webapi'],
  node: ['node', '@mcpass/auth', 'open', 'smol-toml', 'undici'],
  mcp: ['node', '@mcpass/auth'],
  bridge: ['node', '@mcpass/auth', '@mcpass/node', '@mcpass/mcp'],
  sandbox: ['node', 'hono', '@hono/node-server', 'jose'],
  cli: [
    'node',
    '@mcpass/auth',
    '@mcpass/node',
    '@mcpass/mcp',
    '@mcpass/bridge',
    'commander',
    'jsonc-parser',
    'yaml',
  ],
};

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;

function packageOf(specifier) {
  if (specifier.startsWith('node:')) return 'node';
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** @returns {string[]} one line for each import that points where it must not */
export function wrongArrows() {
  const wrong = [];
  for (const [name, allowed] of Object.entries(ALLOWED)) {
    const source = join(root, 'packages', name, 'src');
    for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
      if (!entry.name.endsWith('.ts')) continue;
      const file = join(entry.parentPath, entry.name);
      for (const match of readFileSync(file, 'utf8').matchAll(IMPORT)) {
        const specifier = match[1] ?? match[2] ?? match[3];
        const outside = specifier.startsWith('.')
          ? relative(source, join(entry.parentPath, specifier)).startsWith('..')
          : !allowed.includes(packageOf(specifier)) && !allowed.includes(specifier);
        if (outside) wrong.push(`${relative(root, file)} must not import ${specifier}`);
      }
    }
  }
  return wrong;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const wrong = wrongArrows();
  for (const line of wrong) process.stderr.write(`${line}\n`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
