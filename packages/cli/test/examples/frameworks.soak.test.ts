import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { createPlace, EXAMPLES, output } from './example.js';

/* The programs on frameworks that take much to install, and on other runtimes. Their short form: examples.test.ts. */

const FRAMEWORKS = join(EXAMPLES, 'frameworks');
const installed = createRequire(join(FRAMEWORKS, 'package.json'));
const binary = (name: string) => join(FRAMEWORKS, 'node_modules/.bin', name);

beforeAll(async () => {
  const script = pathToFileURL(join(EXAMPLES, '../scripts/installed.mjs')).href;
  const { ensureInstalled } = (await import(script)) as { ensureInstalled(folder: string): Promise<void> };
  await ensureInstalled(FRAMEWORKS);
}, 600_000);

test.each(['ai-sdk.mjs', 'openai-agents.mjs', 'langchain.mjs', 'mastra.mjs', 'mcp-use.mjs'])(
  '%s lists the tools and calls one',
  async (name) => {
    const place = await createPlace();
    const told = await output(place, process.execPath, join(FRAMEWORKS, name));
    expect(told).toMatch(/^(?:mine_)?echo$/m);
    expect(told).toContain('hello');
    expect(place.sandbox.log.of('authorize')).toHaveLength(1);
  },
);

test.each([
  ['bun', 'run'],
  ['deno', 'run', '-A'],
])('agent.mjs runs on %s', async (name, ...words) => {
  const place = await createPlace();
  const told = await output(place, binary(name), ...words, join(EXAMPLES, 'agent.mjs'));
  expect(told.split('\n')).toContain('echo');
  expect(place.sandbox.log.of('authorize')).toHaveLength(1);
});

test('claude-agent.mjs: Claude Code starts the bridge, and has its tools', async () => {
  const place = await createPlace();
  const { machine, sandbox } = place;
  expect((await machine.runWith({ env: place.env }, 'login', sandbox.url)).code).toBe(0);
  // No model is asked anything.
  Object.assign(place.env, {
    ANTHROPIC_API_KEY: 'none',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  });
  const told = await output(place, process.execPath, join(FRAMEWORKS, 'claude-agent.mjs'));
  expect(told).toMatch(/^connected\necho$/m);
  expect(sandbox.log.of('authorize')).toHaveLength(1);
});

test('cloudflare.mjs signs in in a worker, and stays signed in', async () => {
  const { sandbox } = await createPlace();
  const { Miniflare } = installed('miniflare') as {
    Miniflare: new (options: unknown) => { readonly ready: Promise<URL>; dispose(): Promise<void> };
  };
  const { outputFiles } = await build({
    entryPoints: [join(FRAMEWORKS, 'cloudflare.mjs')],
    bundle: true,
    format: 'esm',
    write: false,
    external: ['cloudflare:workers', 'node:*'],
  });
  const worker = new Miniflare({
    modules: true,
    script: outputFiles[0]?.text,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['nodejs_compat'],
    durableObjects: { PEOPLE: 'Person' },
    bindings: { MCP_URL: sandbox.url },
  });
  onTestFinished(() => worker.dispose());
  const { origin } = await worker.ready;
  expect((await fetch(origin)).status).toBe(401);
  const begun = await fetch(`${origin}/sign-in`, { redirect: 'manual' });
  const page = await sandbox.user('consents').open(begun.headers.get('location') ?? '');
  expect(page?.html.split('\n')).toContain('echo');
  expect((await (await fetch(origin)).text()).split('\n')).toContain('echo');
  expect(sandbox.log.of('authorize')).toHaveLength(1);
  expect(sandbox.log.of('token')).toHaveLength(1);
});
