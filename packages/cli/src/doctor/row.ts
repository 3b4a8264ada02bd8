import type { ErrorCode, Fault, McpassError, Step } from '@mcpass/auth';
import type { Deps } from '../deps.js';
import { asMcpassError, type FailureContext, remedyText } from '../failure.js';
import { locatePaths } from '../servers/configuration.js';
import { nextCommand } from '../terminal/next-command.js';
import { requirementOf } from './requirements.js';

export type RowStatus = 'ok' | 'note' | 'warn' | 'fail' | 'skip';

/** One thing that was looked at, and what came of it; the JSON of `doctor` is this object. */
export interface Row {
  /** Stable; unique in a report. */
  readonly id: string;
  readonly step: Step;
  readonly status: RowStatus;
  /** One line, safe to print. */
  readonly message: string;
  /** Who has to act; of rows that warn or fail. */
  readonly fault?: Fault;
  /** The rule that was broken, with its section. */
  readonly requirement?: string;
  /** The one command, setting or thing to do. */
  readonly fix?: string;
  /** Of rows that fail. */
  readonly code?: ErrorCode;
  /** Milliseconds that it took. */
  readonly ms?: number;
}

/** What a row needs to know to say what to do. */
export type RowContext = Pick<FailureContext, 'server' | 'repeated' | 'configFile'> & {
  /** The host of the server. */
  readonly host?: string;
};

/** The row of something that was thrown. */
export function failedRow(id: string, thrown: unknown, context: RowContext, ms?: number): Row {
  const error = asMcpassError(thrown);
  if (error.code === 'interrupted') throw error;
  const requirement = requirementOf(error);
  const named = nobodyNamed(error, context);
  return {
    id,
    step: error.step,
    status: 'fail',
    message: error.message,
    fault: named === undefined ? error.fault : 'server',
    ...(requirement !== undefined && { requirement }),
    fix:
      named ??
      remedyText(error, { ...context, verbose: true })?.text ??
      otherwise(error.code, error.fault, context),
    code: error.code,
    ...(ms !== undefined && { ms }),
  };
}

/** A name that does not exist, and that the server has led to: whoever asks did not write it. */
function nobodyNamed(
  { code, facts: { url, system } }: McpassError,
  { host }: RowContext,
): string | undefined {
  if (code !== 'dns_failed' || system !== 'ENOTFOUND' || host === undefined || typeof url !== 'string')
    return undefined;
  const named = URL.canParse(url) ? new URL(url).host : url;
  if (named === host) return undefined;
  return `whoever runs the server has to correct the address that leads to ${named}; if only a VPN knows it, connect to that`;
}

/** What to do where the error itself knows nothing. */
function otherwise(code: ErrorCode, fault: Fault, { server = 'SERVER', repeated }: RowContext): string {
  const known = FIXES[code];
  if (known !== undefined) return known;
  const report = nextCommand(repeated, 'doctor', server, '--markdown');
  if (fault === 'server') return `send whoever runs it what this prints: ${report}`;
  return fault === 'ours' ? `report it with what this prints: ${report}` : 'correct what the message names';
}

const FIXES: Partial<Record<ErrorCode, string>> = {
  dns_failed:
    'check the spelling of the host; if only a VPN or an internal resolver knows it, connect to that',
  connect_failed: 'check host and port; a firewall may be in the way, or HTTPS_PROXY may have to be set',
  connection_lost: 'try again; if it stays, something between here and the server ends the connection',
  timeout: 'try again; if it stays, check the way there (VPN, firewall, HTTPS_PROXY)',
};

export function contextOf(deps: Deps, server?: string): RowContext {
  return { server, repeated: deps.globals, configFile: locatePaths(deps).configFile };
}
