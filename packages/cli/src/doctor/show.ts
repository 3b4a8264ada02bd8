import { writeFileSync } from 'node:fs';
import { plain } from '@mcpass/auth';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { usageError } from '../failure.js';
import { withProgress } from '../terminal/progress.js';
import { examineMachine, examineServer } from './doctor.js';
import { markdownText } from './markdown.js';
import { publicReport, withoutSecrets } from './public-report.js';
import { exitCodeFor, rowsOf, verdictOf } from './report.js';
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
  const { server, login, refresh, markdown, html, consentTimeoutMs } = options;
  const found = await withProgress(deps, `Examining ${plain(server ?? 'this machine')}`, () =>
    server === undefined
      ? examineMachine(deps)
      : examineServer(deps, server, { login, refresh, consentTimeoutMs }),
  );
  const report = withoutSecrets(found);
  if (html !== undefined) {
    const { htmlPage } = await import('./html.js');
    writePage(html, htmlPage(publicReport(report)));
  }
  if (io.json) {
    const { server: name, url } = report;
    io.outJson({
      ...(name !== undefined && { server: name }),
      ...(url !== undefined && { url }),
      rows: rowsOf(report),
    });
  } else if (markdown) io.outText(markdownText(publicReport(report)));
  else io.outLines(textLines(io, report, { trace: login || refresh }));
  io.say(verdictOf(report));
  if (html !== undefined) io.say(`Written: ${plain(html, 1_000)}`);
  return exitCodeFor(report);
}

function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
    throw usageError(`--html: ${file} cannot be written (${why}).`);
  }
}
