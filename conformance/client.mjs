/*
 * The suite's client: what a user would type, typed by a program. The suite appends the server's URL and describes the
 * scenario in MCP_CONFORMANCE_SCENARIO and MCP_CONFORMANCE_CONTEXT. Lists the tools and calls each that is shown, or
 * makes the calls of the context; reads what resources there are and gets the prompts. Ends with 0 when every command
 * did; a call that the server refused (exit code 3) is the server's affair, and the suite has seen it.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { smallestArguments } from './smallest-arguments.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const COMMAND = join(here, '../packages/cli/bin/mcpass.js');

/** Shorter than run.mjs tells the suite to wait: it ends only the shell, and what was started here would live on. */
const LONGEST_MS = 55_000;
const REFUSED = 3;
/** What the context gives of secrets, and the variable and the key of the configuration for each. */
const SECRETS = {
  client_secret: ['CONFORMANCE_CLIENT_SECRET', 'oauth.client_secret_env'],
  private_key_pem: ['CONFORMANCE_PRIVATE_KEY', 'oauth.private_key_env'],
  valid_jwt: ['CONFORMANCE_WORKLOAD_TOKEN', 'oauth.assertion_env'],
  idp_id_token: ['CONFORMANCE_ID_TOKEN', 'identity_providers.idp.id_token_env'],
};

/** What the context gives of an identity provider, and the key of the configuration for each. */
const PROVIDER = {
  idp_issuer: 'issuer',
  idp_client_id: 'client_id',
  idp_token_endpoint: 'token_endpoint',
};

/** What a user has to know beforehand, where the context does not say it. */
const KNOWN_BEFOREHAND = {
  'auth/basic-cimd': ['oauth.client_metadata_url="https://conformance-test.local/client-metadata.json"'],
  'auth/client-credentials-basic': ['oauth.grant="client_credentials"'],
  'auth/client-credentials-jwt': ['oauth.grant="client_credentials"'],
  'auth/wif-jwt-bearer': ['oauth.grant="jwt_bearer"'],
  'auth/enterprise-managed-authorization': ['oauth.grant="enterprise"', 'oauth.idp="idp"'],
};

const url = process.argv.at(-1) ?? '';
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
const home = mkdtempSync(join(tmpdir(), 'mcpass-conformance-'));

process.on('exit', () => rmSync(home, { recursive: true, force: true }));
const overtime = setTimeout(() => {
  process.stderr.write('client.mjs: took too long\n');
  // Its end is a failed command, and that is the end of the list.
  running?.kill('SIGKILL');
}, LONGEST_MS);

/** @type {import('node:child_process').ChildProcess | undefined} */
let running;
process.exitCode = await useServer();
clearTimeout(overtime);

/** @returns {Promise<number>} the exit code of the first command that failed, or 0 */
async function useServer() {
  const lists = {};
  for (const kind of ['tools', 'resources', 'prompts']) {
    const { code, output } = await mcpass([kind, url]);
    if (code !== 0) return code;
    lists[kind] = JSON.parse(output)[kind];
  }
  for (const command of commandsFor(lists)) {
    const { code } = await mcpass(command);
    if (code !== 0 && code !== REFUSED) return code;
  }
  return 0;
}

function commandsFor({ tools, resources, prompts }) {
  const calls =
    context.toolCalls ??
    tools.map((tool) => ({ name: tool.name, arguments: smallestArguments(tool.inputSchema, tools) }));
  return [
    ...calls.map((call) => callCommand(call)),
    ...resources.map(({ uri }) => ['read', url, uri]),
    ...prompts.map(({ name }) => ['prompt', url, name]),
  ];
}

function callCommand({ name, arguments: args }) {
  return ['call', url, name, '--args', JSON.stringify(args), '--elicit', 'accept'];
}

/** @returns {Promise<{ code: number, output: string }>} */
async function mcpass(words) {
  const args = [COMMAND, ...words, '--login', '--json', ...configuration().flatMap((entry) => ['-c', entry])];
  process.stderr.write(`$ mcpass ${args.slice(1).join(' ')}\n`);
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      MCPASS_HOME: home,
      MCPASS_BROWSER: `"${process.execPath}" "${join(here, 'browser.mjs')}"`,
      ...Object.fromEntries(secrets().map(({ variable, value }) => [variable, value])),
    },
    // Standard input is the suite's: a pipe that stays open and empty. A command that reads it unasked hangs here.
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  running = child;
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise((resolve) => {
    child.on('close', (status) => resolve(status ?? 1));
  });
  process.stdout.write(output);
  process.stderr.write(`exit code ${code}\n`);
  return { code, output };
}

/** Those that this scenario has. A variable of mcpass itself would not reach a command that it starts. */
function secrets() {
  return Object.entries(SECRETS).flatMap(([name, [variable, key]]) =>
    typeof context[name] === 'string' ? [{ variable, key, value: context[name] }] : [],
  );
}

/** What a user would have in the configuration file. */
function configuration() {
  const { client_id: clientId, signing_algorithm: algorithm } = context;
  return [
    'credentials_store="plain"',
    ...(clientId === undefined ? [] : [`oauth.client_id=${JSON.stringify(clientId)}`]),
    ...Object.entries(PROVIDER).flatMap(([name, key]) =>
      typeof context[name] === 'string'
        ? [`identity_providers.idp.${key}=${JSON.stringify(context[name])}`]
        : [],
    ),
    ...secrets().map(({ key, variable }) => `${key}="${variable}"`),
    ...(algorithm === undefined ? [] : [`oauth.signing_algorithm=${JSON.stringify(algorithm)}`]),
    ...(KNOWN_BEFOREHAND[process.env.MCP_CONFORMANCE_SCENARIO ?? ''] ?? []),
  ];
}
