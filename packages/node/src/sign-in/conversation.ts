import { type ConsentRequest, McpassError, openableAddress, plain, quote, shownUrl } from '@mcpass/auth';
import type { Surroundings } from '../surroundings.js';
import type { BrowserChoice } from './browser.js';
import { judgeBrowserCommand } from './browser-command.js';

/** The address as it may be shown and opened. Throws `endpoint_unsafe`. */
export function checkAddress(authorizationUrl: string): URL {
  const address = openableAddress(authorizationUrl);
  if (address !== undefined) return address;
  throw new McpassError(
    'endpoint_unsafe',
    `The server's authorization endpoint ${quote(authorizationUrl, 100)} is not an https address; it was not opened.`,
    { step: 'authorization', fault: 'server' },
  );
}

export interface RequestNotice {
  readonly name?: string | undefined;
  readonly account?: string | undefined;
  /** All in one line. */
  readonly brief?: boolean | undefined;
}

/** Who asks whom for what, and the address alone on its line. */
export function describeRequest(
  request: ConsentRequest,
  address: URL,
  { name, account, brief }: RequestNotice,
): readonly string[] {
  const { title, rows } = describeParties(request, address, { name, account });
  if (brief === true) return [`${title}: open ${address.href}`];
  return [title, ...rows, '', 'Open this address:', address.href, ''];
}

/** Who asks whom for what: a title, and a fact a line. */
export function describeParties(
  request: Pick<ConsentRequest, 'server' | 'issuer' | 'clientId' | 'scopes'>,
  address: URL,
  { name, account }: RequestNotice,
): { readonly title: string; readonly rows: readonly string[] } {
  const who = account === undefined ? '' : ` as "${plain(account, 100)}"`;
  const server = shownUrl(showAddress(request.server));
  const asked = request.scopes.map((scope) => plain(scope)).join(' ');
  const rows: [string, string][] = [['authorization server', showAddress(request.issuer)]];
  // The page may be elsewhere than the issuer; people should see where they type a password.
  if (!hasOrigin(request.issuer, address.origin)) rows.push(['sign-in page', address.origin]);
  rows.push(
    ['client', showAddress(request.clientId)],
    ['asking for', asked === '' ? 'no scope by name' : asked],
  );
  const title =
    name === undefined || name === request.server
      ? `Sign in to ${server}${who}`
      : `Sign in to ${plain(name)}${who} at ${server}`;
  return { title, rows: rows.map(([label, value]) => `  ${label.padEnd(22)}${value}`) };
}

/** Server and account for the page that a browser ends on: ` to box as "work"`. */
export function describeWhere(
  { server }: Pick<ConsentRequest, 'server'>,
  { name, account }: RequestNotice,
): string {
  const isAddress = name === undefined || name === server;
  const called = isAddress && URL.canParse(server) ? new URL(server).host : plain(name ?? server, 100);
  return ` to ${called}${account === undefined ? '' : ` as "${plain(account, 100)}"`}`;
}

/** Foreign text; the host of a URL in its ASCII form, in which look-alike letters show (RFC 3492). */
function showAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.origin === 'null') return plain(text);
  // Without the slash that the parser adds.
  return plain(url.pathname === '/' && !text.endsWith('/') && url.search === '' ? url.origin : url.href);
}

function hasOrigin(url: string, origin: string): boolean {
  return URL.canParse(url) && new URL(url).origin === origin;
}

/** For a page that showed an error and never came back: what an operator would have to allow. */
export function describeAsked({ scopes, redirectUri }: ConsentRequest): string {
  const asked = scopes.length === 0 ? 'no scope by name' : `the scopes ${quote(scopes.join(' '))}`;
  return `If the page showed an error: it was asked for ${asked}, to come back to ${plain(redirectUri)}.`;
}

export interface WaitingNotice {
  readonly opened: boolean;
  readonly choice: BrowserChoice;
  readonly surroundings: Surroundings;
  readonly port: number;
  /** Where a pasted address may come from. */
  readonly paste: 'terminal' | 'pipe' | undefined;
  readonly timeoutMs: number;
  /** The command that signs in by a code on any device, where the server takes one. */
  readonly deviceCommand?: string | undefined;
  /** Says where, for whoever reads it beside other things. */
  readonly brief?: boolean | undefined;
}

/** What happens now, and what to do when the browser is somewhere else. */
export function describeWaiting(notice: WaitingNotice): readonly string[] {
  const { opened, choice, surroundings, port, paste } = notice;
  const lines: string[] = [];
  if (!opened && choice.kind !== 'none') {
    const tried = choice.kind === 'commands' ? whyNotStarted(choice) : 'No browser could be started.';
    lines.push(`${tried} Open the address yourself.`);
  }
  if (choice.kind === 'none' && notice.brief !== true)
    lines.push('No browser was opened: open the address yourself.');
  const where = notice.brief === true ? ` for the answer at 127.0.0.1:${port}` : '';
  const limit = `Waiting up to ${duration(notice.timeoutMs)}${where}.`;
  lines.push(opened ? `${limit} Your browser should be open.` : limit);
  const elsewhere = paste === undefined ? undefined : ELSEWHERE[paste];
  if (elsewhere !== undefined) lines.push(elsewhere);
  if (!opened && notice.deviceCommand !== undefined)
    lines.push(`Or sign in by a code on any device:  ${notice.deviceCommand}`);
  if (surroundings.ssh || surroundings.container) {
    const or = elsewhere === undefined ? 'If the browser is on another machine' : 'Or';
    const how = surroundings.ssh
      ? `run there: ssh -L ${port}:127.0.0.1:${port} THIS_MACHINE`
      : `forward the port: ssh -L ${port}:127.0.0.1:${port} HOST`;
    lines.push(`${or}, ${elsewhere === undefined ? '' : 'before you open it, '}${how}`);
  }
  return lines;
}

const ELSEWHERE = {
  terminal:
    'If the browser is on another machine, paste the address it ended on and press Enter (it is not shown).',
  pipe: 'The address that the browser ended on is also taken from standard input.',
} as const;

function whyNotStarted(choice: Extract<BrowserChoice, { kind: 'commands' }>): string {
  const reasons = choice.commands.map(judgeBrowserCommand).filter((reason) => reason !== undefined);
  if (reasons.length === 0) return `${namesOf(choice)} could not be started.`;
  return `${namesOf(choice)} was not started: ${reasons.join('; ')}.`;
}

/** `MCPASS_BROWSER ("firefox")`: which setting, and which program it names. */
function namesOf({ from, commands }: Extract<BrowserChoice, { kind: 'commands' }>): string {
  const programs = commands.map(([program]) => quote(program, 100)).join(', ');
  return programs === '' ? from : `${from} (${programs})`;
}

/** What is left of a time, for a reminder that comes every minute: "2 minutes", not "118 seconds". */
export function timeLeft(ms: number): string {
  const minuteMs = Math.round(ms / 60_000) * 60_000;
  return duration(Math.abs(ms - minuteMs) <= 5_000 && minuteMs > 0 ? minuteMs : ms);
}

/** Milliseconds in words: "5 minutes", "40 seconds". */
export function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  const [count, unit] =
    seconds < 120 && seconds !== 60 ? [seconds, 'second'] : [Math.round(seconds / 60), 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
