import { VERSION } from '../version.js';
import type { Turn } from './conversation.js';
import { sequenceDrawing } from './sequence.js';
import { escapeHtml } from './html-text.js';
import { FAULT_WORDS, firstFailure, type Report, verdictOf } from './report.js';
import type { Row } from './row.js';

/* One page that needs nothing from anywhere: no script, no address that is fetched. Whatever servers have said is text. */

export function htmlPage(report: Report): string {
  const title = `mcpass doctor${report.server === undefined ? '' : ` ${report.url ?? report.server}`}`;
  const failed = firstFailure(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="verdict ${failed === undefined ? 'ok' : 'fail'}">${escapeHtml(verdictOf(report))}</p>
${report.sections.map(({ title: heading, rows }) => section(heading, rows)).join('\n')}
${drawing(report)}
<footer>mcpass ${escapeHtml(VERSION)}. Secrets, and what looks like one, are left out.</footer>
</main>
</body>
</html>
`;
}

function section(title: string, rows: readonly Row[]): string {
  return `<section><h2>${escapeHtml(title)}</h2>
<div class="rows">${rows.map(rowHtml).join('\n')}</div></section>`;
}

function rowHtml({ id, status, message, fault, requirement, fix, ms }: Row): string {
  const time = ms === undefined ? '' : ` <span class="ms">${ms} ms</span>`;
  const facts: readonly (readonly [string, string | undefined])[] =
    status === 'ok'
      ? []
      : [
          ['Whose', status === 'fail' && fault !== undefined ? FAULT_WORDS[fault] : undefined],
          ['Rule', requirement],
          ['Fix', fix],
        ];
  const list = facts
    .flatMap(([name, value]) =>
      value === undefined
        ? []
        : [
            `<dt>${name}</dt><dd>${name === 'Fix' ? `<code>${escapeHtml(value)}</code>` : escapeHtml(value)}</dd>`,
          ],
    )
    .join('');
  return `<div class="row ${status}"><span class="status">${status}</span><span class="id">${escapeHtml(id)}</span><div class="what">${escapeHtml(message)}${time}${list === '' ? '' : `<dl>${list}</dl>`}</div></div>`;
}

function drawing(report: Report): string {
  if (!report.turns.some(({ kind }) => kind === 'exchange')) return '';
  const server =
    report.url !== undefined && URL.canParse(report.url) ? new URL(report.url).origin : undefined;
  return `<section><h2>Who asked whom</h2>
<div class="drawing">${sequenceDrawing(report.turns, { server, failure: firstFailure(report) })}</div>
<details><summary>The same in words</summary><ol>${report.turns.map(turnHtml).join('')}</ol></details></section>`;
}

function turnHtml(turn: Turn): string {
  if (turn.kind !== 'exchange') return `<li class="finding">${escapeHtml(`${turn.step}: ${turn.text}`)}</li>`;
  const { step, method, origin, path, came, ok, ms } = turn;
  return `<li>${escapeHtml(`${step}: ${method} ${origin}${path}`)} <b class="${ok ? 'ok' : 'fail'}">${escapeHtml(came)}</b> <span class="ms">${ms} ms</span></li>`;
}

const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--dim:#5f6873;--line:#d5dae0;--soft:#f4f6f8;--ok:#1a7f37;--note:#0a63b0;--warn:#8a5a00;--fail:#c01c28;--skip:#6b7480}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e4e8ec;--dim:#9aa4af;--line:#353c44;--soft:#1d2126;--ok:#4cc36b;--note:#66b2ff;--warn:#e0aa3e;--fail:#ff7b83;--skip:#8d97a2}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:64rem;margin:0 auto;padding:2rem 1rem 3rem}
h1{font-size:1.35rem;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:2rem 0 .5rem}
.verdict{margin:0;padding:.6rem .8rem;border-left:4px solid;background:var(--soft)}
.verdict.ok{border-color:var(--ok)}.verdict.fail{border-color:var(--fail)}
.rows{border-top:1px solid var(--line)}
.row{display:grid;grid-template-columns:3.5rem minmax(6rem,11rem) 1fr;gap:.75rem;padding:.45rem 0;border-bottom:1px solid var(--line)}
.status{font-weight:600}.id{color:var(--dim);overflow-wrap:anywhere}.what{overflow-wrap:anywhere;min-width:0}
.ok .status,b.ok{color:var(--ok)}.note .status{color:var(--note)}.warn .status{color:var(--warn)}.fail .status,b.fail{color:var(--fail)}.skip .status,.skip .what{color:var(--skip)}
.ms{color:var(--dim);font-size:.85em;white-space:nowrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .75rem;margin:.35rem 0 0}dt{color:var(--dim)}dd{margin:0;min-width:0}
code{font:.9em/1.4 ui-monospace,monospace;background:var(--soft);padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}
.drawing{overflow-x:auto;border:1px solid var(--line);border-radius:6px;padding:.5rem}
svg{display:block;font:12px system-ui,sans-serif}
svg .head{fill:var(--soft);stroke:var(--line)}svg text{fill:var(--ink)}svg .dim{fill:var(--dim)}
svg .life{stroke:var(--line);stroke-dasharray:3 4}svg .ask{stroke:var(--ink)}svg .back{stroke:var(--ok)}svg .back.bad{stroke:var(--fail)}
svg .came{fill:var(--ok);font-weight:600}svg .came.bad{fill:var(--fail)}svg .tip-ask{fill:var(--ink)}svg .tip-ok{fill:var(--ok)}svg .tip-bad{fill:var(--fail)}
svg .break{fill:none;stroke:var(--fail);stroke-width:1.5}svg .why{fill:var(--fail);font-weight:600}
details{margin-top:.75rem}ol{padding-left:1.6rem;overflow-wrap:anywhere}.finding{color:var(--dim)}
footer{margin-top:2.5rem;color:var(--dim);font-size:.85rem}
@media (max-width:40rem){.row{grid-template-columns:3.2rem 1fr}.what{grid-column:1/-1}}
`;
