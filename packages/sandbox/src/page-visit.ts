import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A page as a browser gets it. */
export interface Page {
  /** The address after all redirects. */
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly html: string;
}

const REDIRECTS = 10;
const LIMIT_MS = 30_000;

/** Loads a page and follows its redirects. With a form it posts. Any certificate will do: nobody real is browsing. */
export async function visit(url: string, form?: URLSearchParams): Promise<Page> {
  let page = await load(url, form);
  for (let hop = 0; hop < REDIRECTS && isRedirect(page); hop += 1) {
    // A browser turns the POST of a form into a GET (303, and in practice 302).
    page = await load(new URL(page.headers.location ?? '', page.url).href);
  }
  return page;
}

function isRedirect(page: Page): boolean {
  return page.status >= 300 && page.status < 400 && page.headers.location !== undefined;
}

function load(url: string, form?: URLSearchParams): Promise<Page> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  const body = form?.toString();
  const options = {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'text/html',
      'user-agent': 'Mozilla/5.0 (simulated user)',
      ...(body !== undefined && {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      }),
    },
    agent: false,
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(LIMIT_MS),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const html = Buffer.concat(chunks).toString('utf8');
        resolve({ url, status: answer.statusCode ?? 0, headers: answer.headers, html });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
