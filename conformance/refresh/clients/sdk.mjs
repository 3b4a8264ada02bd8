/*
 * The official SDK's client with the provider that its documents describe: tokens and client in a file. Each process is one
 * of this program with `--session`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';

import { runClient, runCommand } from './steps.mjs';

const REDIRECT = 'http://127.0.0.1:8976/callback';

if (process.argv[2] === '--session') {
  const [url, home, calls, pauseS] = process.argv.slice(3);
  await useServer(url, createProvider(join(home, 'credentials.json')), Number(calls), Number(pauseS));
} else {
  const self = fileURLToPath(import.meta.url);
  await runClient(({ url, home, calls, pauseS }) =>
    runCommand([process.execPath, self, '--session', url, home, String(calls), String(pauseS)], {}),
  );
}

async function useServer(url, provider, calls, pauseS) {
  const connect = async () => {
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
    const client = new Client({ name: 'sdk-client', version: '1' });
    try {
      await client.connect(transport);
      return client;
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      await transport.finishAuth(await provider.answer());
      return undefined;
    }
  };
  const client = (await connect()) ?? (await connect());
  for (let nth = 1; nth <= calls; nth += 1) {
    if (nth > 1) await delay(pauseS * 1000);
    await client.callTool({ name: 'echo', arguments: {} });
  }
  await client.close();
}

function isUnauthorized(error) {
  return error instanceof UnauthorizedError || error?.cause instanceof UnauthorizedError;
}

function createProvider(file) {
  const kept = () => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
  const keep = (more) => writeFileSync(file, JSON.stringify({ ...kept(), ...more }));
  let asked;
  return {
    redirectUrl: REDIRECT,
    clientMetadata: {
      client_name: 'SDK client',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => kept().client,
    saveClientInformation: (client) => keep({ client }),
    tokens: () => kept().tokens,
    saveTokens: (tokens) => keep({ tokens }),
    saveCodeVerifier: (verifier) => keep({ verifier }),
    codeVerifier: () => kept().verifier,
    redirectToAuthorization(url) {
      asked = url;
    },
    invalidateCredentials(what) {
      if (what === 'all' || what === 'tokens') keep({ tokens: undefined });
      if (what === 'all' || what === 'client') keep({ client: undefined });
    },
    /** The person consents, and the browser comes back. */
    async answer() {
      const answer = await fetch(asked, { redirect: 'manual' });
      return new URL(answer.headers.get('location')).searchParams;
    },
  };
}
