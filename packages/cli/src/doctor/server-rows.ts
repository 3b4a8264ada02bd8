import { isMcpassError, plain } from '@mcpass/auth';
import { type Deps, silent } from '../deps.js';
import { rereadConfiguration } from '../servers/configuration.js';
import { openServer } from '../servers/server-access.js';
import { describeServer, usesSignIn } from '../servers/server-state.js';
import { findPerson } from '../sign-in/person.js';
import { signInCommand } from '../terminal/next-command.js';
import { contextOf, failedRow, type Row } from './row.js';
import { noSignInRow } from './sign-in-rows.js';

/** Servers that are asked at a time. */
const AT_A_TIME = 8;

/** Each configured server in one row. */
export async function serverRows(deps: Deps): Promise<readonly Row[]> {
  const names = configuredNames(deps);
  const rows: Row[] = [];
  for (let first = 0; first < names.length; first += AT_A_TIME) {
    const portion = names.slice(first, first + AT_A_TIME);
    rows.push(...(await Promise.all(portion.map((name) => serverRow(deps, name)))));
  }
  return rows;
}

function configuredNames(deps: Deps): readonly string[] {
  try {
    return rereadConfiguration(deps)
      .config.servers()
      .flatMap(({ name, enabled }) => (enabled ? [name] : []));
  } catch (thrown) {
    // Told among the rows of the machine.
    if (isMcpassError(thrown)) return [];
    throw thrown;
  }
}

async function serverRow(deps: Deps, name: string): Promise<Row> {
  const context = contextOf(deps, name);
  const began = performance.now();
  const ms = () => Math.round(performance.now() - began);
  try {
    const access = openServer(silent(deps), name, {
      person: () => ({ user: findPerson(silent(deps), { answeredElsewhere: true }).user }),
    });
    const { server, store, authorizer } = access;
    const label = plain(name, 200);
    const base = { id: `server.${label}`, step: 'session' } as const;
    if (!usesSignIn(server))
      return { ...base, status: 'ok', message: `${label}: ${noSignInRow(server).message}` };
    const { steps } = await authorizer.examine();
    const { state } = describeServer(server, await authorizer.record(), store, Date.now());
    const error = steps.at(-1)?.error;
    if (error !== undefined && error.code !== 'login_not_wanted') {
      const row = failedRow(base.id, error, context, ms());
      return { ...row, message: `${label}: ${row.message}` };
    }
    if (error !== undefined)
      return { ...base, status: 'ok', message: `${label}: no sign-in is wanted`, ms: ms() };
    const message = `${label}: ${state?.replaceAll('_', ' ') ?? 'unknown'}; a sign-in would find its way`;
    return state === 'login_required'
      ? { ...base, status: 'warn', message, fault: 'yours', fix: signInCommand(deps.globals, name), ms: ms() }
      : { ...base, status: 'ok', message, ms: ms() };
  } catch (thrown) {
    const row = failedRow(`server.${plain(name, 200)}`, thrown, context, ms());
    return { ...row, message: `${plain(name, 200)}: ${row.message}` };
  }
}
