// A real OpenID provider, as a process of its own: it tells plain objects by their constructor, which are others inside of a test. Says its issuer on standard output.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const keys = await Promise.all(
  ['PS256', 'ES384'].map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), alg, kid: `key-${alg}`, use: 'sig' };
  }),
);
const client = (id) => ({
  client_id: id,
  client_secret: 'a secret of this test',
  grant_types: ['client_credentials'],
  id_token_signed_response_alg: 'PS256',
  redirect_uris: [],
  response_types: [],
});
const provider = new Provider(issuer, {
  clients: [client('auth0|booking'), client('es384@clients')],
  jwks: { keys },
  scopes: ['ledger'],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'https://ledger.example',
      getResourceServerInfo: (_context, _indicator, { clientId }) => ({
        scope: 'ledger',
        audience: 'ledger',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: clientId.startsWith('es384') ? 'ES384' : 'PS256' } },
      }),
    },
  },
  extraTokenClaims: () => ({ 'https://app.example/roles': ['backend'] }),
});
server.on('request', provider.callback());
process.stdout.write(`${issuer}\n`);
