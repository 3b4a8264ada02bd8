import type { WireAnswer } from '../../src/oauth/wire.js';

/** An answer as the wire hands it to a judge. An object is sent as JSON. */
export function answer(
  status: number,
  body: string | object = '',
  headers: Readonly<Record<string, string>> = {},
): WireAnswer {
  return {
    status,
    headers: new Headers(headers),
    url: 'https://as.example/asked',
    text: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

export const PAGE = '<!doctype html><html><head><title>Welcome to ACME</title></head><body>Hi</body></html>';
