import { writeFileSync } from 'node:fs';
import { plain } from '@mcpass/auth';
import { type Deps, silent } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { openServer } from '../servers/server-access.js';
import { withProgress } from '../terminal/progress.js';
import { examineMachine, examineServer } from './doctor.js';
import { markdownText } from './markdown.js';
import { publicReport, secretsOf } from './public-report.js';
import { exitCodeFor, type Report, rowsOf, verdictOf } from './report.js';
import { textLines } from './text-report.js';

export interface DoctorOptions {
  readonly server?: string;
  readonly login: boolean;
  readonly refresh: boolean;
  readonly markdown: boolean;
  readonly html?: string;
  readonly consentTimeoutMs?: number | undefined;
}

/** Looks, and shows what was found in the form that was asked for. */
export async function showDoctor(options: DoctorOptions, deps: Deps): Promise<ExitCode> {
  const { io } = deps;
  const { server, login, refresh, markdown, html } = options;
  const report = await withProgress(deps, `Examining ${plain(server ?? 'this machine')}`, () =>
    server === undefined ? examineMachine(deps) : examineServer(deps, server, { login, refresh }),
  );
  if (html !== undefined) {
    const { htmlPage } = await import('./html.js');
    writePage(html, htmlPage(await forOthers(report, deps)));
  }
  if (io.json) {
    const { url } = report;
    io.outJson({
      ...(server !== undefined && { server }),
      ...(url !== undefined && { url }),
      rows: rowsOf(report),
    });
  } else if (markdown) io.outText(markdownText(await forOthers(report, deps)));
  else io.outLines(textLines(io, report, { trace: login || refresh }));
  io.say(verdictOf(report));
  if (html !== undefined) io.say(`Written: ${plain(html, 1_000)}`);
  return exitCodeFor(report);
}

async function forOthers(report: Report, deps: Deps): Promise<Report> {
  const { server } = report;
  if (server === undefined || report.url === undefined) return publicReport(report, { secrets: [] });
  const { server: found, authorizer } = openServer(silent(deps), server);
  const record = await authorizer.record().catch(() => undefined);
  const { settings } = found;
  return publicReport(report, { secrets: await secretsOf(settings, record), url: settings.url });
}

function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
    throw usageError(`--html: ${file} cannot be written (${why}).`);
  }
}
