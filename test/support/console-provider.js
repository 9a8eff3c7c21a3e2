// A real OpenID provider that people sign in to the console with, as a process of its own (see `openid-provider.js`). It believes `login_hint` in place of a password, or asks
// on a page who is there (`/interaction/…`: a name, and a way to give it up), and tells the console of a sign-out when it is asked at /sign-out?sub=…, without the person's id with
// &only=sid. With /roles?sub=…&are=… a person has others from then on. Says its issuer on standard output.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { interactionPolicy } from 'oidc-provider';

const [, , consoleUrl] = process.argv;
const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
// To a browser that is another site than 127.0.0.1, where the console is.
const issuer = `http://localhost:${server.address().port}`;
const { privateKey } = await generateKeyPair('ES256', { extractable: true });
const RESOURCE = 'https://ledger.example';

/** Ids say what people are: `on-call-7`, `officer-1`. */
const given = new Map();
const rolesOf = (sub = '') =>
  given.get(sub) ?? (sub.startsWith('on-call') ? ['on-call'] : sub.startsWith('officer') ? ['compliance'] : []);

/** As issuers do that have several strengths: a person who signed in with less is asked again. */
const policy = interactionPolicy.base();
policy.get('login').checks.add(
  new interactionPolicy.Check('too-weak', 'a stronger sign-in is asked for', ({ oidc }) => {
    const asked = oidc.params.acr_values?.split(' ') ?? [];
    return asked.length > 0 && !asked.includes(oidc.acr) && !oidc.result?.login;
  }),
);

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
  interactions: { policy, url: (_, { uid }) => `/interaction/${uid}` },
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

const PAGE = `<!doctype html><html lang="en"><title>The issuer</title><h1>The issuer</h1><form>
  <label>Name <input name="name"></label><button>Go on</button><button name="cancel" value="1">Cancel</button></form>`;

const answer = provider.callback();
server.on('request', async (request, response) => {
  const url = new URL(request.url, issuer);
  const asked = (name) => url.searchParams.get(name);
  if (url.pathname.startsWith('/interaction/')) {
    const { params } = await provider.interactionDetails(request, response);
    const accountId = asked('name') || params.login_hint;
    if (asked('cancel') !== null) {
      await provider.interactionFinished(request, response, { error: 'access_denied' });
      return;
    }
    if (!accountId) {
      response.setHeader('content-type', 'text/html').end(PAGE);
      return;
    }
    const acr = params.acr_values?.split(' ')[0] ?? 'pwd';
    await provider.interactionFinished(request, response, { login: { accountId, acr, amr: [acr] } });
    return;
  }
  if (url.pathname === '/roles') {
    given.set(asked('sub'), asked('are').split(',').filter(Boolean));
    response.end();
    return;
  }
  if (url.pathname === '/sign-out') {
    const sub = asked('sub');
    const client = await provider.Client.find('console');
    await client.backchannelLogout(asked('only') === 'sid' ? undefined : sub, asked('sid') ?? sids.get(sub));
    response.end();
    return;
  }
  answer(request, response);
});
process.stdout.write(`${issuer}\n`);
