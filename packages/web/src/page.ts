import { plain } from '@mcpass/auth';

export interface Page {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** Where to go from here: an address of the application. */
  readonly next?: { readonly href: string; readonly label: string };
}

/** Headers of every answer: nothing is loaded, run, stored, framed or passed on. */
export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return plain(text, 4_000).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

export function renderPage({ status, title, text, next }: Page): Response {
  const link = next === undefined ? '' : `<p><a href="${escape(next.href)}">${escape(next.label)}</a></p>\n`;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
</head>
<body>
<h1>${escape(title)}</h1>
<p>${escape(text)}</p>
${link}</body>
</html>
`;
  return new Response(html, { status, headers: { ...HEADERS, 'content-type': 'text/html; charset=utf-8' } });
}
