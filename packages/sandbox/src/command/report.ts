import type { LoggedRequest } from '../http/request-log.js';
import { PROFILES } from '../profiles.js';
import { QUIRKS } from '../quirks.js';
import type { Sandbox } from '../sandbox.js';
import type { Arguments } from './arguments.js';
import { quote } from '../quote.js';

type Run = Extract<Arguments, { action: 'run' }>;

/** What runs where, and what to type. */
export function startReport({ profile, options }: Run, sandbox: Sandbox): string {
  const names = [profile, ...(options.with ?? [])];
  const summaries = [PROFILES[profile].summary, ...(options.with ?? []).map((name) => QUIRKS[name]?.summary)];
  return `${names.join(' + ')}: ${summaries.join('; ')}

MCP server            ${sandbox.url}
authorization server  ${sandbox.issuer}
the conversation      ${new URL('/', sandbox.url).href}

try
${commandsFor(sandbox)
  .map((line) => `  ${line}\n`)
  .join('')}`;
}

/** The commands that show it, by what the servers offer to a client. */
function commandsFor(sandbox: Sandbox): string[] {
  const { url, quirks, clientDocumentUrl } = sandbox;
  if (!quirks.grantTypes.includes('authorization_code')) return unattendedCommands(sandbox);
  const [client] = quirks.staticClients;
  if (client !== undefined) {
    const port = new URL(client.redirectUris[0] ?? url).port;
    const callback = port === '' ? '' : ` --callback-port ${port}`;
    return [
      `export SANDBOX_SECRET=${client.secret ?? ''}`,
      `mcpass add sandbox ${url} --client-id ${client.id} --client-secret-env SANDBOX_SECRET${callback}`,
      'mcpass login sandbox',
    ];
  }
  if (quirks.registration === 'off' && quirks.clientDocuments === 'on') {
    return [
      `mcpass add sandbox ${url}`,
      `mcpass login sandbox -c 'mcp_servers.sandbox.oauth.client_metadata_url="${clientDocumentUrl}"'`,
    ];
  }
  if (Object.keys(quirks.scopesNeeded).length > 0) {
    return [`mcpass tools ${url} --login`, `mcpass call ${url} write text=hello --login`];
  }
  const device = quirks.deviceCodes === 'on' ? [`mcpass login ${url} --device`] : [];
  return [`mcpass login ${url}`, ...device, `mcpass tools ${url}`];
}

/** Nobody signs in: the client, or the platform that it runs on, is who is known. */
function unattendedCommands(sandbox: Sandbox): string[] {
  const { url, quirks, clientKeyUrl, workloadTokenUrl, identityProvider, idTokenUrl } = sandbox;
  const [client] = quirks.staticClients;
  if (client !== undefined && quirks.assertionsOf === 'people') {
    const desk = (key: string, value: string) => `-c 'identity_providers.desk.${key}=${value}'`;
    return [
      `export SANDBOX_SECRET=${client.secret ?? ''} DESK_SECRET=sandbox-desk-secret`,
      `mcpass add sandbox ${url} --client-id ${client.id} --client-secret-env SANDBOX_SECRET`,
      [
        'mcpass call sandbox whoami -c oauth.grant=enterprise -c oauth.idp=desk',
        desk('issuer', identityProvider),
        desk('client_id', 'sandbox-desk'),
        desk('client_secret_env', 'DESK_SECRET'),
        desk('id_token_command', `["curl", "-s", "${idTokenUrl}"]`),
      ].join(' '),
    ];
  }
  if (client === undefined) {
    return [
      `mcpass add sandbox ${url}`,
      `mcpass tools sandbox -c oauth.grant=jwt_bearer -c 'oauth.assertion_command=["curl", "-s", "${workloadTokenUrl}"]'`,
    ];
  }
  const add = `mcpass add sandbox ${url} --grant client_credentials --client-id ${client.id}`;
  if (client.secret === undefined) {
    return [
      `(umask 077; curl -so client-key.pem ${clientKeyUrl})`,
      add,
      'mcpass tools sandbox -c oauth.private_key_file=client-key.pem',
    ];
  }
  return [
    `export SANDBOX_SECRET=${client.secret}`,
    `${add} --client-secret-env SANDBOX_SECRET`,
    'mcpass tools sandbox',
  ];
}

/** The same for programs. */
export function startJson({ profile, options }: Run, { url, issuer }: Sandbox): string {
  return `${JSON.stringify({ schema: 1, profile, quirks: options.with ?? [], url, issuer })}\n`;
}

/** The profiles and the quirks, a line each. */
export function listReport(): string {
  const width = Math.max(...[PROFILES, QUIRKS].flatMap(Object.keys).map((name) => name.length));
  const lines = (entries: Readonly<Record<string, { readonly summary: string }>>): string =>
    Object.entries(entries)
      .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`)
      .join('');
  return `profiles\n${lines(PROFILES)}\nquirks, on top of a profile with --quirk\n${lines(QUIRKS)}`;
}

/** The same for programs, with what has been seen of each provider. */
export function listJson(): string {
  const profiles = Object.entries(PROFILES).map(([name, { summary, facts }]) => ({ name, summary, facts }));
  const quirks = Object.entries(QUIRKS).map(([name, { summary }]) => ({ name, summary }));
  return `${JSON.stringify({ schema: 1, profiles, quirks })}\n`;
}

/** One request in a line. */
export function requestLine(request: LoggedRequest): string {
  const call = request.endpoint === 'mcp' && request.method === 'POST' ? ` (${request.operation})` : '';
  const fault = request.fault === undefined ? '' : ` [${request.fault}]`;
  return `${quote(`${request.method} ${request.path}${call}`)} ${request.status ?? 'cut off'}${fault}\n`;
}
