// Imports only point down (CONTRIBUTING.md, "The map"), those of types too. Fails on an import that points up, sideways,
// or out of the runtime that a package promises, and on files of a package that import each other in a circle.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What each package's source may import, besides itself. `node` stands for every module of Node. */
const ALLOWED = {
  auth: ['oauth4webapi'],
  node: ['node', '@mcpass/auth', 'open', 'smol-toml', 'undici', 'uqr'],
  mcp: ['node', '@mcpass/auth'],
  postgres: ['node', '@mcpass/auth', 'pg'],
  bridge: ['node', '@mcpass/auth', '@mcpass/node', '@mcpass/mcp'],
  web: ['@mcpass/auth'],
  sandbox: ['node', 'hono', '@hono/node-server', 'jose'],
  cli: [
    'node',
    '@mcpass/auth',
    '@mcpass/node',
    '@mcpass/mcp',
    '@mcpass/bridge',
    '@mcpass/postgres',
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

/** @returns {string[]} the shortest way from a file back to itself, itself at both ends; empty when there is none */
function circleThrough(file, imports) {
  const ways = [[file]];
  const seen = new Set();
  for (const way of ways) {
    for (const next of imports.get(way.at(-1)) ?? []) {
      if (next === file) return [...way, file];
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return [];
}

/**
 * @param {Map<string, string[]>} imports the files of a package, each with those that it imports
 * @returns {string[]} one line for each circle; of circles that share a file only one
 */
function circles(imports) {
  const told = new Set();
  return [...imports.keys()].flatMap((file) => {
    const circle = told.has(file) ? [] : circleThrough(file, imports);
    if (circle.length === 0 || circle.some((each) => told.has(each))) return [];
    for (const each of circle) told.add(each);
    const way = circle.map((each) => relative(root, each)).join('\n    imports ');
    return [`${way}\n  in a circle: move what they share down, into a file that imports neither`];
  });
}

/** @returns {string[]} one line for each import that points where it must not, and for each circle of imports */
export function wrongArrows() {
  const wrong = [];
  for (const [name, allowed] of Object.entries(ALLOWED)) {
    const source = join(root, 'packages', name, 'src');
    const imports = new Map();
    for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
      if (!entry.name.endsWith('.ts')) continue;
      const file = join(entry.parentPath, entry.name);
      imports.set(file, []);
      for (const match of readFileSync(file, 'utf8').matchAll(IMPORT)) {
        const specifier = match[1] ?? match[2] ?? match[3];
        const path = specifier.startsWith('.') ? join(entry.parentPath, specifier) : undefined;
        if (path !== undefined) imports.get(file).push(path.replace(/\.js$/, '.ts'));
        const outside =
          path !== undefined
            ? relative(source, path).startsWith('..')
            : !allowed.includes(packageOf(specifier)) && !allowed.includes(specifier);
        if (outside) wrong.push(`${relative(root, file)} must not import ${specifier}`);
      }
    }
    wrong.push(...circles(imports));
  }
  return wrong;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const wrong = wrongArrows();
  for (const line of wrong) process.stderr.write(`${line}\n`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
