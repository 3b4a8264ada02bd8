import { createHash } from 'node:crypto';
import { plain } from '@mcpass/auth';

/** What a page says: all of it is escaped, so foreign text may be in it. */
export interface PageText {
  readonly mark: 'done' | 'failed' | 'note';
  readonly title: string;
  readonly text: string;
}

const STYLE = `:root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--ground:#f4f6f9;--card:#fff;--done:#177245;--failed:#b3261e;--note:#3b5b92}
@media (prefers-color-scheme:dark){:root{--ink:#e8ebf0;--soft:#a3adba;--ground:#12161c;--card:#1c222b;--done:#5fcf97;--failed:#ff8a80;--note:#9bb8ee}}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);font:17px/1.5 system-ui,sans-serif}
main{box-sizing:border-box;width:min(32rem,calc(100vw - 2rem));padding:2.5rem;border-radius:1rem;background:var(--card);box-shadow:0 1px 3px #0002,0 8px 32px #0001}
.mark{display:grid;place-items:center;width:3rem;height:3rem;border-radius:50%;border:2px solid currentColor;font-size:1.5rem;font-weight:600}
.done{color:var(--done)}.failed{color:var(--failed)}.note{color:var(--note)}
h1{margin:1.25rem 0 .5rem;font-size:1.5rem;line-height:1.25}
p{margin:.5rem 0;overflow-wrap:anywhere}
.soft{margin-top:1.5rem;color:var(--soft)}`;

// The code in the address is spent or worthless by now; it need not stay in the history or be shown to anyone.
const SCRIPT = `history.replaceState(null,'',location.pathname)`;

const SIGNS = { done: '✓', failed: '!', note: 'i' } as const;

const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Headers of every answer: nothing is loaded, stored, framed, guessed or passed on. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src ${sha256(STYLE)}; script-src ${sha256(SCRIPT)}; ` +
    `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** The whole page: no other file belongs to it. */
export function renderPage({ mark, title, text }: PageText): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escape(title)} · mcpass</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<div class="mark ${mark}" aria-hidden="true">${SIGNS[mark]}</div>
<h1>${escape(title)}</h1>
<p>${escape(text)}</p>
<p class="soft">You can close this window and return to the terminal.</p>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return plain(text, 1_000).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
