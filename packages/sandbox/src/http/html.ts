const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Undoes {@link escapeHtml}: what a browser makes of an attribute value. */
export function unescapeHtml(text: string): string {
  return Object.entries(ENTITIES)
    .toReversed()
    .reduce((plain, [character, entity]) => plain.replaceAll(entity, character), text);
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1c1e21}
main{max-width:26rem;margin:12vh auto;padding:2rem;background:#fff;border-radius:12px;box-shadow:0 1px 8px #0002}
h1{font-size:1.25rem;margin:0 0 1rem}dt{color:#667;font-size:.85rem}dd{margin:0 0 .75rem;overflow-wrap:anywhere}
button{font:inherit;padding:.5rem 1.25rem;margin-right:.5rem;border-radius:8px;border:1px solid #99a;background:#fff}
button[value=allow]{background:#1a5fb4;border-color:#1a5fb4;color:#fff}`;

/** A whole page. `body` is HTML: whatever is foreign in it has been through {@link escapeHtml}. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>
`;
}

/** Answers with a page that loads nothing and runs no script. */
export function htmlAnswer(html: string, status = 200): Response {
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    },
  });
}
