// Builds everything: `tsc -b` for the packages, then one bundle of the command. Does nothing where nothing changed.
// With arguments it compiles only those projects: `node scripts/build.mjs packages/cli`.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cli = join(root, 'packages/cli');
const dist = join(cli, 'dist');
/** What the last bundle was made of. */
const stampFile = join(root, '.cache/cli-bundle.json');

/** What scripts call often is one file. `npm run bench -- start-up` shows what it costs. */
const EVERYDAY = /[\\/]cli[\\/]src[\\/](?:process|commands[\\/](?:list|token|status))\.ts$/;

/**
 * @param {string[]} projects for the compiler; all when there are none
 * @returns {Promise<void>} throws where something does not compile; the compiler has said what
 */
export async function build(projects = []) {
  compile(projects);
  if (isBundleStale()) await bundle();
  for (const name of readdirSync(join(root, 'packages'))) {
    const folder = join(root, 'packages', name);
    // One text; each package is published with it.
    copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
    // The bundle takes away its own.
    if (folder !== cli && existsSync(join(folder, 'dist'))) sweep(folder);
  }
}

/** Takes away what the compiler made of sources that are gone: it would be published. */
function sweep(folder) {
  for (const path of readdirSync(join(folder, 'dist'), { recursive: true }).map(String)) {
    const name = /^(.+?)(?:\.d\.ts|\.js)$/.exec(path)?.[1];
    if (name !== undefined && !existsSync(join(folder, 'src', `${name}.ts`)))
      rmSync(join(folder, 'dist', path));
  }
}

function compile(projects) {
  // The first time it takes a while.
  if (projects.length === 0 && !existsSync(stampFile)) process.stderr.write('Building the packages …\n');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  // Its report is for people: standard output belongs to the command that may run next.
  const { status } = spawnSync(process.execPath, [tsc, '-b', ...projects], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('the packages do not compile');
}

function isBundleStale() {
  if (!existsSync(stampFile) || !existsSync(join(dist, 'command.cjs'))) return true;
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
  const { rolldown } = await import('rolldown');
  const { version } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8'));
  const inputs = [fileURLToPath(import.meta.url), join(cli, 'package.json')];
  const written = async (input, format, extension) => {
    const build = await rolldown({
      input,
      cwd: root,
      platform: 'node',
      // Where a package has both: its CommonJS may load its own files in ways that cannot be bundled (jsonc-parser).
      resolve: { mainFields: ['module', 'main'] },
      transform: { target: 'node20.19', define: { MCPASS_VERSION: JSON.stringify(version) } },
      checks: { ineffectiveDynamicImport: false },
      plugins: [noSubprocesses],
    });
    const { output } = await build.generate({
      dir: dist,
      format,
      entryFileNames: `[name].${extension}`,
      chunkFileNames: `[name]-[hash].${extension}`,
      minify: { compress: false, mangle: true, codegen: { removeWhitespace: true } },
      comments: false,
      // With all that they need: a start pays for each file that it opens.
      ...(format === 'cjs' && { codeSplitting: { groups: [{ name: 'everyday', test: EVERYDAY }] } }),
    });
    inputs.push(...(await build.watchFiles));
    await build.close();
    return output;
  };
  const chunks = [
    // What a process of its own loads (`#open` in package.json), with the launcher that it brings beside it.
    ...(await written({ open: join(root, 'node_modules/open/index.js') }, 'esm', 'js')),
    // Not ES modules: Node takes three times as long to load one.
    ...(await written({ command: join(cli, 'src/process.ts') }, 'cjs', 'cjs')).toReversed(),
  ];
  replaceFiles([
    { name: 'xdg-open', contents: readFileSync(join(root, 'node_modules/open/xdg-open')), mode: 0o755 },
    ...chunks.map(({ fileName, code }) => ({ name: fileName, contents: code })),
  ]);
  writeFileSync(
    join(dist, 'LICENSES.txt'),
    licenses(packagesOf(chunks.flatMap(({ moduleIds }) => moduleIds))),
  );
  mkdirSync(dirname(stampFile), { recursive: true });
  const stamp = {
    startedMs,
    files: sourceFiles(),
    inputs: inputs.filter((file) => existsSync(file)).map((file) => relative(root, file)),
    // Which packages are in which file, for the tests of what a command loads.
    packages: Object.fromEntries(chunks.map(({ fileName, moduleIds }) => [fileName, packagesOf(moduleIds)])),
  };
  writeFileSync(stampFile, JSON.stringify(stamp));
}

// commander can start commands that are programs of their own. Ours are not, and loading the module for it is a tenth of
// the start of a command.
const noSubprocesses = {
  name: 'commander starts nothing',
  resolveId: (id, importer) =>
    id === 'node:child_process' && importer?.includes(join('node_modules', 'commander'))
      ? '\0nothing'
      : undefined,
  load: (id) => (id === '\0nothing' ? 'export {};' : undefined),
};

/** Puts the new files beside the old ones, the entry last: the command may be running meanwhile. */
function replaceFiles(files) {
  mkdirSync(dist, { recursive: true });
  for (const { name, contents, mode = 0o644 } of files) {
    const path = join(dist, name);
    writeFileSync(`${path}.new`, contents, { mode });
    renameSync(`${path}.new`, path);
  }
  const current = new Set(files.map(({ name }) => name));
  for (const name of readdirSync(dist)) {
    if (/\.c?js$/.test(name) && !current.has(name)) rmSync(join(dist, name), { force: true });
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
      const text = licenseOf(join(root, 'node_modules', name));
      if (text === undefined) throw new Error(`${name} is bundled, but has no licence`);
      return `${name}\n\n${text.trim()}\n`;
    })
    .join(`\n${'-'.repeat(78)}\n\n`);
}

/** Some have it at the end of what they say of themselves. */
function licenseOf(directory) {
  const read = (pattern) => {
    const file = readdirSync(directory).find((entry) => pattern.test(entry));
    return file === undefined ? undefined : readFileSync(join(directory, file), 'utf8');
  };
  return read(/^licen[cs]e/i) ?? /^#+ licen[cs]e\s([^]*)/im.exec(read(/^readme/i) ?? '')?.[1];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await build(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
