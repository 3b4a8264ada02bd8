// Builds everything: `tsc -b` for the packages, then one bundle of the command. Does nothing where nothing changed.
// With arguments it compiles only those projects: `node scripts/build.mjs packages/cli`.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cli = join(root, 'packages/cli');
const dist = join(cli, 'dist');
const open = join(root, 'node_modules/open');
/** What the last bundle was made of. */
const stampFile = join(root, '.cache/cli-bundle.json');

/**
 * @param {string[]} projects for the compiler; all when there are none
 * @returns {Promise<void>} throws where something does not compile; the compiler has said what
 */
export async function build(projects = []) {
  compile(projects);
  if (isBundleStale()) await bundle();
}

function compile(projects) {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  // Its report is for people: standard output belongs to the command that may run next.
  const { status } = spawnSync(process.execPath, [tsc, '-b', ...projects], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('the packages do not compile');
}

function isBundleStale() {
  if (!existsSync(stampFile) || !existsSync(join(dist, 'main.js'))) return true;
  const { startedMs, inputs, files } = JSON.parse(readFileSync(stampFile, 'utf8'));
  return (
    // Files that came or went count as much as files that changed.
    JSON.stringify(sourceFiles()) !== JSON.stringify(files) ||
    // Not "newer": a stamp of an older build script has no time, and is stale.
    !inputs.every((file) => existsSync(join(root, file)) && statSync(join(root, file)).mtimeMs <= startedMs)
  );
}

function sourceFiles() {
  return readdirSync(join(cli, 'src'), { recursive: true }).map(String).sort();
}

async function bundle() {
  const startedMs = Date.now();
  const esbuild = await import('esbuild');
  const manifest = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8'));
  const { metafile, outputFiles } = await esbuild.build({
    absWorkingDir: root,
    // `open` is what a process of its own loads (`#open` in package.json), with the launcher that it brings beside it.
    entryPoints: { main: join(cli, 'src/main.ts'), open: join(open, 'index.js') },
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Where a package has both: its CommonJS may load its own files in ways that cannot be bundled (jsonc-parser).
    mainFields: ['module', 'main'],
    chunkNames: '[name]-[hash]',
    define: { MCPASS_VERSION: JSON.stringify(manifest.version) },
    // CommonJS packages in the bundle (commander) load Node's modules with `require`.
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);",
    },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  replaceFiles([
    ...outputFiles,
    { path: join(dist, 'xdg-open'), contents: readFileSync(join(open, 'xdg-open')) },
  ]);
  const inputs = Object.keys(metafile.inputs);
  writeFileSync(join(dist, 'LICENSES.txt'), licenses(packagesOf(inputs)));
  mkdirSync(dirname(stampFile), { recursive: true });
  const own = [fileURLToPath(import.meta.url), join(cli, 'package.json')].map((file) => relative(root, file));
  // Which packages are in which file, for the tests of what a command loads.
  const packages = Object.fromEntries(
    Object.entries(metafile.outputs).map(([file, output]) => [
      basename(file),
      packagesOf(Object.keys(output.inputs)),
    ]),
  );
  writeFileSync(
    stampFile,
    JSON.stringify({ startedMs, files: sourceFiles(), inputs: [...own, ...inputs], packages }),
  );
}

/** Puts the new files beside the old ones and switches over at the end: the command may be running meanwhile. */
function replaceFiles(files) {
  mkdirSync(dist, { recursive: true });
  const programs = ['xdg-open', 'main.js'].map((name) => join(dist, name));
  for (const { path, contents } of files)
    writeFileSync(programs.includes(path) ? `${path}.new` : path, contents);
  for (const path of programs) {
    chmodSync(`${path}.new`, 0o755);
    renameSync(`${path}.new`, path);
  }
  const current = new Set(files.map(({ path }) => path));
  for (const name of readdirSync(dist)) {
    const path = join(dist, name);
    if (name.endsWith('.js') && !current.has(path)) rmSync(path, { force: true });
  }
}

/** The packages that files are of, ours aside. */
function packagesOf(files) {
  const names = files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/** What the licences of bundled packages ask for: their text goes where their code goes. */
function licenses(packages) {
  return packages
    .map((name) => {
      const directory = join(root, 'node_modules', name);
      const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
      if (file === undefined) throw new Error(`${name} is bundled, but has no licence file`);
      return `${name}\n\n${readFileSync(join(directory, file), 'utf8').trim()}\n`;
    })
    .join(`\n${'-'.repeat(78)}\n\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await build(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
