// A real OpenID provider that people sign in to the console with, as a process of its own (see `openid-provider.js`). It believes `login_hint` in place of a password, and
// tells the console of a sign-out when it is asked at /sign-out?sub=…. Says its issuer on standard output.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const [, , consoleUrl] = process.argv;
const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const { privateKey } = await generateKeyPair('ES256', { extractable: true });
const RESOURCE = 'https://ledger.example';

/** Ids say what people are: `on-call-7`, `officer-1`. */
const rolesOf = (sub = '') =>
  sub.startsWith('on-call') ? ['on-call'] : sub.startsWith('officer') ? ['compliance'] : [];

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'console',
      client_secret: 'a secret of this test',
      redirect_uris: [`${consoleUrl}/console/callback`],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
      backchannel_logout_uri: `${consoleUrl}/console/backchannel-logout`,
      backchannel_logout_session_required: true,
    },
  ],
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'key', use: 'sig' }] },
  scopes: ['openid', 'ledger'],
  claims: { openid: ['sub', 'sid', 'auth_time', 'acr'] },
  acrValues: ['pwd', 'mfa'],
  pkce: { required: () => true },
  // Its own refuses addresses of this machine, where the console of a test is.
  fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid ledger');
    grant.addResourceScope(RESOURCE, 'ledger');
    await grant.save();
    return grant;
  },
  extraTokenClaims: (_, { accountId }) => ({ roles: rolesOf(accountId) }),
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'ledger',
        audience: 'ledger',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});

const sids = new Map();
provider.on('authorization.success', ({ oidc: { session, client } }) =>
  sids.set(session.accountId, session.sidFor(client.clientId)),
);

const answer = provider.callback();
server.on('request', async (request, response) => {
  const url = new URL(request.url, issuer);
  if (url.pathname.startsWith('/interaction/')) {
    const { params } = await provider.interactionDetails(request, response);
    const acr = params.acr_values?.split(' ')[0] ?? 'pwd';
    await provider.interactionFinished(request, response, { login: { accountId: params.login_hint, acr, amr: [acr] } });
    return;
  }
  if (url.pathname === '/sign-out') {
    const sub = url.searchParams.get('sub');
    const client = await provider.Client.find('console');
    await client.backchannelLogout(sub, url.searchParams.get('sid') ?? sids.get(sub));
    response.end();
    return;
  }
  answer(request, response);
});
process.stdout.write(`${issuer}\n`);
