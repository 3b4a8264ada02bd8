/** What a browser keeps of the sign-in that it began. */
export interface Attempt {
  readonly server: string;
  /** Digest of the attempt's `state`: a cookie that leaks tells nobody the state itself. */
  readonly state: string;
  readonly expiresAtS: number;
  /** An address of the application. */
  readonly returnTo?: string;
  /** It has been answered: whoever comes back here has gone back, or comes twice. */
  readonly isOver?: true;
}

export interface AttemptCookies {
  /** The value of a `Set-Cookie` header. */
  write(attempt: Attempt, nowS: number): Promise<string>;
  /** The attempt that this browser began with the state, if it did; one whose time is over too. */
  read(request: Request, state: string): Promise<Attempt | undefined>;
}

// The key may sign other things of the application: none of them is a cookie of ours.
const PURPOSE = 'mcpass sign-in attempt 1\n';

const bytesOf = (text: string) => new TextEncoder().encode(text);

export async function digest(text: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(text))));
}

/** `callback` is the address of the callback route: the cookie is sent there and nowhere else. */
export function createAttemptCookies(callback: URL, stateKey: Uint8Array): AttemptCookies {
  const key = crypto.subtle.importKey(
    'raw',
    new Uint8Array(stateKey),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  );
  const secure = callback.protocol === 'https:' ? '; Secure' : '';
  // Of each attempt its own, so that two tabs do not forget each other's.
  const nameOf = (state: string) => `mcpass-${state.slice(0, 16)}`;

  return {
    async write(attempt, nowS) {
      const payload = toBase64Url(bytesOf(JSON.stringify(attempt)));
      const mac = await crypto.subtle.sign('HMAC', await key, bytesOf(PURPOSE + payload));
      const value = `${payload}.${toBase64Url(new Uint8Array(mac))}`;
      const maxAge = Math.max(0, Math.ceil(attempt.expiresAtS - nowS) + KEPT_S);
      // Lax, not Strict: the authorization server's page leads here, and is another site.
      return `${nameOf(attempt.state)}=${value}; Path=${callback.pathname}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`;
    },

    async read(request, state) {
      const expected = await digest(state);
      const start = `${nameOf(expected)}=`;
      const cookies = (request.headers.get('cookie') ?? '').split(';').map((each) => each.trim());
      const found = cookies.find((each) => each.startsWith(start))?.slice(start.length);
      const [payload = '', mac = ''] = found?.split('.') ?? [];
      const signature = fromBase64Url(mac);
      if (signature === undefined) return undefined;
      if (!(await crypto.subtle.verify('HMAC', await key, signature, bytesOf(PURPOSE + payload))))
        return undefined;
      const attempt = JSON.parse(new TextDecoder().decode(fromBase64Url(payload))) as Attempt;
      return attempt.state === expected ? attempt : undefined;
    },
  };
}

/** Seconds that a cookie outlives its attempt, so that who comes too late hears that it was too late. */
const KEPT_S = 3_600;

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
