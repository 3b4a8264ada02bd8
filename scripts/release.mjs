// `npm run release`: builds, packs every package, checks what is in the tarballs and publishes those same tarballs in the order
// of their dependencies. With `--dry-run` it only says what it would publish, and what is in the way of that. The tarballs and
// a list of all their parts (CycloneDX) stay in .cache/release, or in the folder behind `--to`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { build } from './build.mjs';
import { npm } from './installed.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The manifests of all packages, each behind those that it depends on. */
function packages() {
  const found = readdirSync(join(root, 'packages')).map((name) => {
    const folder = join(root, 'packages', name);
    return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) };
  });
  const ordered = new Set();
  const add = (one) => {
    for (const other of found) if (other.manifest.name in dependenciesOf(one.manifest)) add(other);
    ordered.add(one);
  };
  found.forEach(add);
  return [...ordered];
}

const dependenciesOf = ({ dependencies, optionalDependencies, devDependencies }) => ({
  ...devDependencies,
  ...optionalDependencies,
  ...dependencies,
});

/** What a tree, its versions and its changelog say against a release of `version`. Pure. */
export function problemsOfTree({ version, manifests, changelog, status }) {
  const names = new Set(manifests.map(({ name }) => name));
  const problems = status === '' ? [] : [`the tree is not clean:\n${status.trimEnd()}`];
  for (const manifest of manifests) {
    if (manifest.version !== version)
      problems.push(`${manifest.name} is ${manifest.version}, not ${version}`);
    for (const [name, wanted] of Object.entries(dependenciesOf(manifest))) {
      if (names.has(name) && wanted !== version)
        problems.push(`${manifest.name} wants ${name} ${wanted}, not ${version}`);
    }
  }
  const heading = changelog.split('\n').find((line) => line.startsWith(`## ${version}`));
  if (heading === undefined) problems.push(`CHANGELOG.md has no ${version}`);
  else if (heading.endsWith('unreleased')) problems.push(`CHANGELOG.md says that ${version} is unreleased`);
  return problems;
}

/** What may not be in a tarball: tests, sources, and where the machine that made it keeps its files. Pure. */
export function problemsOfFiles(name, files, folders) {
  return files.flatMap(({ path, text }) => [
    ...(/(?:^|\/)(?:test|src)\/|\.test\.|tsbuildinfo$|tsconfig/.test(path)
      ? [`${name} has ${path}, which is no part of it`]
      : []),
    ...(folders.some((folder) => text.includes(folder))
      ? [`${name}: ${path} names a folder of this machine`]
      : []),
  ]);
}

const NEEDED = ['LICENSE', 'README.md', 'package.json'];

function checkTarball({ folder, manifest }, { files }) {
  const paths = files.map(({ path }) => path);
  const missing = NEEDED.filter((path) => !paths.includes(path));
  const read = paths.map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
  // The root of a container would be in every path.
  const folders = [root, homedir()].filter((path) => path.length > 2 && path !== '/root');
  return [
    ...missing.map((path) => `${manifest.name} has no ${path}`),
    ...problemsOfFiles(manifest.name, read, folders),
  ];
}

function run(args, cwd) {
  const { status, stdout } = npm(args, cwd);
  if (status !== 0) throw new Error(`npm ${args[0]} failed (exit code ${status})`);
  return stdout;
}

function pack(all, to) {
  const folders = all.map(({ folder }) => folder);
  const packed = JSON.parse(run(['pack', ...folders, '--json', '--silent', '--pack-destination', to], root));
  return all.map(({ manifest }) => packed.find(({ name }) => name === manifest.name));
}

/** The parts of all packages, those included that are bundled into the command. */
function listParts(version, to) {
  const parts = JSON.parse(run(['sbom', '--sbom-format=cyclonedx', '--workspaces'], root));
  // npm calls what has a folder of its own after that.
  Object.assign(parts.metadata.component, { name: 'mcpass', version });
  for (const part of parts.components)
    part.name = /^pkg:npm\/(.+)@/.exec(decodeURIComponent(part.purl))?.[1] ?? part.name;
  writeFileSync(join(to, 'sbom.cdx.json'), `${JSON.stringify(parts, undefined, 2)}\n`);
  return parts.components.length;
}

const say = (line) => process.stdout.write(`${line}\n`);

async function release({ 'dry-run': dry, to }) {
  await build();
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const all = packages();
  const manifests = all.map(({ manifest }) => manifest);
  const { version } = manifests.find(({ name }) => name === 'mcpass');
  const tarballs = pack(all, to);
  for (const { name, version: own, size, integrity, files } of tarballs) {
    say(`${name} ${own}: ${files.length} files, ${(size / 1024).toFixed(0)} KiB\n  ${integrity}`);
    for (const { path } of files) say(`  ${path}`);
  }
  say(`${listParts(version, to)} parts in ${join(to, 'sbom.cdx.json')}`);
  const problems = [
    ...problemsOfTree({
      version,
      manifests,
      changelog: readFileSync(join(root, 'CHANGELOG.md'), 'utf8'),
      status: spawnSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }).stdout,
    }),
    ...all.flatMap((one, index) => checkTarball(one, tarballs[index])),
  ];
  for (const problem of problems) say(`problem: ${problem}`);
  if (problems.length > 0) return 1;
  for (const { name, filename } of tarballs) {
    if (dry) say(`would publish ${name} ${version}`);
    else run(['publish', join(to, filename)], root);
  }
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const { values } = parseArgs({
      options: {
        'dry-run': { type: 'boolean' },
        to: { type: 'string', default: join(root, '.cache', 'release') },
      },
    });
    process.exitCode = await release({ ...values, to: resolve(values.to) });
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
