import { isJsonObject } from '../json-object.js';
import { JsonDocument } from './json-document.js';
import { plain } from '../text.js';
import type { WireAnswer } from './wire.js';

/** What a server gave as its reason, from any of the shapes that servers use. Text is plain and bounded. */
export interface OAuthError {
  readonly status: number;
  /** The `error` code of RFC 6749 section 5.2, or what the server has in its place. */
  readonly code?: string;
  readonly description?: string;
}

/** Reads an error answer: RFC 6749 JSON, other JSON, form-encoded, or a page. Never throws. */
export function readOAuthError(answer: WireAnswer): OAuthError {
  const { status } = answer;
  const document = JsonDocument.parse(answer.text) ?? formDocument(answer);
  if (document === undefined) {
    const words = isPage(answer) ? pageTitle(answer.text) : plain(answer.text, 160);
    return { status, ...(words !== '' && { description: words }) };
  }
  const nested = nestedError(document);
  const code =
    document.text('error') ?? nested?.text('code') ?? nested?.text('error') ?? document.text('code');
  const description =
    document.text('error_description') ??
    document.text('message') ??
    nested?.text('message') ??
    nested?.text('detail') ??
    document.text('error_message');
  return {
    status,
    ...(code !== undefined && { code: plain(code, 80) }),
    ...(description !== undefined && { description: plain(description) }),
  };
}

/** `{"error": {…}}` and `{"errors": [{…}]}`. */
function nestedError(document: JsonDocument): JsonDocument | undefined {
  const raw = document.raw('error') ?? document.raw('errors');
  if (typeof raw === 'string') return undefined;
  const first: unknown = Array.isArray(raw) ? (raw as readonly unknown[])[0] : raw;
  if (typeof first === 'string') return JsonDocument.of({ message: first });
  return isJsonObject(first) ? JsonDocument.of(first) : undefined;
}

function formDocument(answer: WireAnswer): JsonDocument | undefined {
  if (answer.headers.get('content-type')?.includes('x-www-form-urlencoded') !== true) return undefined;
  return JsonDocument.of(Object.fromEntries(new URLSearchParams(answer.text)));
}

export function isPage(answer: WireAnswer): boolean {
  return /^\s*<(?:!doctype|html|head|body)/i.test(answer.text.slice(0, 200));
}

function pageTitle(html: string): string {
  return plain(/<title[^>]{0,200}>([^<]{0,300})/i.exec(html.slice(0, 20_000))?.[1] ?? 'an HTML page', 160);
}

/** "400 invalid_request: no scope", for messages. */
export function sayOAuthError({ status, code, description }: OAuthError): string {
  const words = [code, description].filter((part) => part !== undefined).join(': ');
  return words === '' ? String(status) : `${status} ${words}`;
}
