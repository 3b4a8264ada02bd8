import { describe, expect, test } from 'vitest';

import type { AuthorizationServer } from '../../src/server/metadata.js';
import { judgePushed, wantsPush } from '../../src/sign-in/steps/pushed-request.js';
import { answer, PAGE } from '../support/answer.js';
import { failure } from '../support/client.js';

const ISSUER = 'https://as.example';
const server = (offered: boolean, required: boolean): AuthorizationServer => ({
  issuer: ISSUER,
  authorizationEndpoint: `${ISSUER}/authorize`,
  tokenEndpoint: `${ISSUER}/token`,
  issParameterSupported: true,
  clientIdMetadataDocumentSupported: false,
  ...(offered && { pushedRequestEndpoint: `${ISSUER}/par` }),
  ...(required && { pushedRequestsRequired: true }),
});

describe('a request is pushed', () => {
  test.each([
    ['auto', true, false, false],
    ['auto', true, true, true],
    ['auto', false, false, false],
    ['always', true, false, true],
    ['never', true, false, false],
  ] as const)('%s, offered %s, required %s: %s', (par, offered, required, pushed) => {
    expect(wantsPush(server(offered, required), { par })).toBe(pushed);
  });

  test.each([
    ['never', true, true, 'config_invalid'],
    ['always', false, false, 'config_invalid'],
    ['auto', false, true, 'answer_invalid'],
  ] as const)('or it is said why not: %s, offered %s, required %s', async (par, offered, required, code) => {
    const judged = Promise.resolve().then(() => wantsPush(server(offered, required), { par }));
    expect((await failure(judged)).code).toBe(code);
  });
});

describe('the answer to a pushed request', () => {
  const judge = (status: number, body: string | object) => judgePushed(answer(status, body), ISSUER, 0);

  test.each([
    [90, 90],
    ['90', 90],
    [undefined, 60],
    [0, 60],
    ['soon', 60],
  ])('names it, for %j seconds: %s', (said, expiresInS) => {
    const body = { request_uri: 'urn:x', expires_in: said };
    expect(judge(201, body)).toEqual({ requestUri: 'urn:x', expiresInS });
  });

  test.each([
    ['a page', 200, PAGE, 'answer_invalid'],
    ['nothing', 201, {}, 'answer_invalid'],
    ['a refusal', 400, { error: 'invalid_request', error_description: 'no' }, 'authorization_refused'],
    ['trouble', 502, PAGE, 'server_error'],
  ])('may be %s', async (_, status, body, code) => {
    expect((await failure(Promise.resolve().then(() => judge(status, body)))).code).toBe(code);
  });
});
