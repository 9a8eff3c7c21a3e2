import { ConfigError, readConfig, type SettingProblem, settings } from '../../src/config/config.ts';
import { AddressRule } from '../../src/ledger/react/delivery/addresses.ts';

const issuer = {
  JWT_ISSUER: 'https://id.example.org',
  JWT_AUDIENCE: 'ledger',
  JWT_JWKS_URL: 'https://id.example.org/jwks',
};
const consoleClient = { CONSOLE_CLIENT_ID: 'console', CONSOLE_CLIENT_SECRET: 'a secret' };

const problemsOf = (env: Record<string, string>): readonly SettingProblem[] => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was accepted');
};
const wrongSettings = (env: Record<string, string>) => problemsOf(env).map(({ setting }) => setting);

describe('reading the configuration', () => {
  it('needs nothing for a start on one machine', () => {
    const config = readConfig({});
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 3000 });
    expect(config.dataDir).toMatch(/\/data$/);
    expect(config.storeUrl).toBeUndefined();
    expect(config.tokens.issuer).toBeUndefined();
    expect(config.recordings).toMatchObject({ s3: undefined, maxBytes: 4 * 2 ** 30, delivery: 'stream' });
    expect(config.views).toEqual({
      ...{ releaseMode: 'two-key', releaseTimeoutMs: 2000, ttlMs: 900_000, maxMs: 14_400_000 },
      emergency: { reasonCodes: [], patientsPerDay: 3 },
    });
    expect(config.probing).toEqual({ patients: 5, misses: 30 });
  });

  it('takes an empty value for one that is not set', () => {
    expect(readConfig({ S3_BUCKET: '', JWT_ISSUER: ' ', PORT: '' })).toEqual(readConfig({}));
  });

  it('groups what belongs together', () => {
    const config = readConfig({
      ...issuer,
      NODE_ENV: 'production',
      S3_BUCKET: 'recordings',
      S3_FORCE_PATH_STYLE: 'true',
      S3_SSE: 'aws:kms',
      S3_SSE_KMS_KEY_ID: 'key-1',
      RECORDING_DELIVERY: 'redirect',
      RECORDING_RETENTION_DAYS: '2',
      CORS_ORIGINS: 'https://a.example.org, https://b.example.org',
      TRUST_PROXY: '10.0.0.0/8,::1',
    });
    expect(config.tokens.issuer).toMatchObject({ issuer: issuer.JWT_ISSUER, audience: 'ledger' });
    expect(config.recordings.s3).toMatchObject({ bucket: 'recordings', forcePathStyle: true, sseKmsKeyId: 'key-1' });
    expect(config.recordings.retentionMs).toBe(2 * 86_400_000);
    expect(config.http.corsOrigins).toEqual(['https://a.example.org', 'https://b.example.org']);
    expect(config.http.trustedProxies).toEqual(['10.0.0.0/8', '::1']);
  });

  it('has a release of its own, which the environment may name', () => {
    expect(readConfig({}).appVersion).toMatch(/^\d+\.\d+\.\d+/);
    expect(readConfig({ APP_VERSION: '2026.7+build.4' }).appVersion).toBe('2026.7+build.4');
    expect(wrongSettings({ APP_VERSION: 'the new one' })).toEqual(['APP_VERSION']);
    expect(readConfig({ EMERGENCY_REASON_CODES: 'arrest, stroke' }).views.emergency.reasonCodes).toEqual([
      'arrest',
      'stroke',
    ]);
    expect(wrongSettings({ EMERGENCY_REASON_CODES: 'a stroke' })).toEqual(['EMERGENCY_REASON_CODES']);
  });

  it('still reads a setting under its old name, and says so', () => {
    const before = 'EVENTSTORE_URL';
    const config = readConfig({ [before]: 'esdb://store:2113' });
    expect(config.storeUrl).toBe('esdb://store:2113');
    expect(config.outdated).toEqual([{ before, now: 'STORE_URL' }]);
    expect(readConfig({ [before]: 'esdb://store:2113', STORE_URL: 'esdb://store:2113' }).storeUrl).toBe(
      'esdb://store:2113',
    );
    expect(wrongSettings({ [before]: 'esdb://store:2113', STORE_URL: 'esdb://other:2113' })).toEqual([before]);
    expect(readConfig({}).outdated).toEqual([]);
  });

  it('cannot be changed afterwards', () => {
    const config = readConfig({});
    expect(() => Object.assign(config.views, { releaseMode: 'policy' })).toThrow(TypeError);
    expect(() => Object.assign(config, { dataDir: '/' })).toThrow(TypeError);
  });

  it('reports all problems together, single settings and combinations alike', () => {
    expect(
      wrongSettings({
        PORT: '70000',
        LOG_LEVEL: 'loud',
        STORE_URL: 'http://store',
        JWT_ISSUER: 'https://id.example.org',
        S3_SSE_KMS_KEY_ID: 'key-1',
        RECORDING_DELIVERY: 'redirect',
      }).sort(),
    ).toEqual(
      [
        'STORE_URL',
        'JWT_AUDIENCE',
        'JWT_JWKS_URL',
        'LOG_LEVEL',
        'PORT',
        'RECORDING_DELIVERY',
        'S3_SSE_KMS_KEY_ID',
      ].sort(),
    );
  });

  it('names every problem on a line of its own, with the way out and without the value', () => {
    const secret = 'esbd://admin:hunter2hunter2@store:2113';
    const error = (() => {
      try {
        return readConfig({ STORE_URL: secret, METRICS_TOKEN: 'short-secret', RELEASE_MODE: 'hunter2' });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ConfigError);
    expect(String((error as Error).message).split('\n')).toEqual([
      'The configuration cannot be used:',
      '  STORE_URL must be an esdb:// or esdb+discover:// connection string',
      '  RELEASE_MODE must be one of: two-key, policy',
      '  METRICS_TOKEN must have at least 32 characters',
    ]);
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it.each([
    ['development keys in production', { NODE_ENV: 'production' }, 'JWT_ISSUER'],
    [
      'keys over plain http in production',
      { ...issuer, NODE_ENV: 'production', JWT_JWKS_URL: 'http://id/jwks' },
      'JWT_JWKS_URL',
    ],
    [
      'instances in production that do not share the secret of cookies',
      { ...issuer, NODE_ENV: 'production', STORE_URL: 'esdb://store:2113' },
      'VIEW_COOKIE_SECRET',
    ],
    [
      'views that nothing could cut',
      { S3_BUCKET: 'abc', RECORDING_DELIVERY: 'redirect', RELEASE_MODE: 'policy' },
      'RECORDING_DELIVERY',
    ],
    [
      'sealed bytes that a player would be sent to',
      { S3_BUCKET: 'abc', RECORDING_DELIVERY: 'redirect', KEYS_KMS: 'file' },
      'RECORDING_DELIVERY',
    ],
    ['a KMS without its key', { KEYS_KMS: 'aws' }, 'KEYS_AWS_KEY_ID'],
    ['a Vault without its address', { KEYS_KMS: 'vault', KEYS_VAULT_TOKEN_FILE: '/token' }, 'KEYS_VAULT_URL'],
    ['a Vault without a token', { KEYS_KMS: 'vault', KEYS_VAULT_URL: 'https://vault' }, 'KEYS_VAULT_TOKEN_FILE'],
    ['a key of a Vault without its mount', { KEYS_VAULT_KEY: 'ledger' }, 'KEYS_VAULT_KEY'],
    [
      'keys on the wire in clear in production',
      { ...issuer, NODE_ENV: 'production', KEYS_AWS_ENDPOINT: 'http://kms' },
      'KEYS_AWS_ENDPOINT',
    ],
    [
      'a token on the wire in clear in production',
      { ...issuer, NODE_ENV: 'production', KEYS_VAULT_URL: 'http://vault' },
      'KEYS_VAULT_URL',
    ],
    [
      'keys that each instance would have for itself',
      {
        ...{ ...issuer, NODE_ENV: 'production', STORE_URL: 'esdb://store', VIEW_COOKIE_SECRET: 'x'.repeat(32) },
        ...{ KEYS_KMS: 'aws', KEYS_AWS_KEY_ID: 'alias/ledger' },
      },
      'KEYS_BUCKET',
    ],
    ['shared keys that one machine alone opens', { KEYS_KMS: 'file', KEYS_BUCKET: 'keys' }, 'KEYS_BUCKET'],
    ['keys among what they open', { S3_BUCKET: 'abc', KEYS_BUCKET: 'abc' }, 'KEYS_BUCKET'],
    ['a view that ends before it may rest', { VIEW_TTL_SECONDS: '900', VIEW_MAX_SECONDS: '600' }, 'VIEW_MAX_SECONDS'],
    ['a secret that can be guessed', { VIEW_COOKIE_SECRET: 'secret' }, 'VIEW_COOKIE_SECRET'],
    ['pseudonyms without a secret', { STAFF_DISCLOSURE: 'pseudonym' }, 'STAFF_PSEUDONYM_SECRET'],
    ['a key of webhooks that can be guessed', { WEBHOOK_SIGNING_KEY: 'secret' }, 'WEBHOOK_SIGNING_KEY'],
    ['a key of facts that can be guessed', { PEOPLE_FACTS_KEY: 'secret' }, 'PEOPLE_FACTS_KEY'],
    ['webhooks to what is no address', { WEBHOOK_ALLOWED_ADDRESSES: '10.0.0.0/8,*' }, 'WEBHOOK_ALLOWED_ADDRESSES'],
    [
      'webhooks in plain text in production',
      { ...issuer, NODE_ENV: 'production', WEBHOOK_ALLOW_HTTP: 'true' },
      'WEBHOOK_ALLOW_HTTP',
    ],
    ['a console that has an issuer and no address', { ...issuer, ...consoleClient }, 'CONSOLE_URL'],
    [
      'a console without its secret',
      { ...issuer, CONSOLE_URL: 'https://l.example', CONSOLE_CLIENT_ID: 'c' },
      'CONSOLE_CLIENT_SECRET',
    ],
    [
      'a console that signs people in with no issuer',
      { ...consoleClient, CONSOLE_URL: 'https://l.example' },
      'JWT_ISSUER',
    ],
    [
      'a console in plain text in production',
      { ...issuer, ...consoleClient, NODE_ENV: 'production', CONSOLE_URL: 'http://l.example' },
      'CONSOLE_URL',
    ],
    ['a console at a path', { CONSOLE_URL: 'https://l.example/ledger' }, 'CONSOLE_URL'],
    ['sessions whose key can be guessed', { CONSOLE_SESSION_SECRET: 'secret' }, 'CONSOLE_SESSION_SECRET'],
    ['a sign-in that is no OpenID Connect', { CONSOLE_SCOPE: 'profile' }, 'CONSOLE_SCOPE'],
    [
      'a sign-in that says where to go back to twice',
      { CONSOLE_LOGIN_PARAMS: 'redirect_uri=https://x' },
      'CONSOLE_LOGIN_PARAMS',
    ],
    [
      'instances in production that do not share the key of sessions',
      {
        ...{ ...issuer, ...consoleClient, NODE_ENV: 'production', STORE_URL: 'esdb://store:2113' },
        ...{ VIEW_COOKIE_SECRET: 'x'.repeat(32), CONSOLE_URL: 'https://l.example' },
      },
      'CONSOLE_SESSION_SECRET',
    ],
    ['an audience without its issuer', { JWT_AUDIENCE: 'ledger' }, 'JWT_ISSUER'],
    ['a key of LiveKit without its secret', { LIVEKIT_API_KEY: 'APIledger' }, 'LIVEKIT_API_SECRET'],
    ['a LiveKit server without a key', { LIVEKIT_URL: 'wss://livekit.example.org' }, 'LIVEKIT_API_KEY'],
    ['a place of claims that is no prefix', { MEDIA_CLAIM_BUCKETS: 'recorder/egress' }, 'MEDIA_CLAIM_BUCKETS'],
    [
      'a secret of the media hook in another form',
      { MEDIA_WEBHOOK_SECRET: 'a-secret-of-some-length' },
      'MEDIA_WEBHOOK_SECRET',
    ],
    ['an S3 endpoint without a bucket', { S3_ENDPOINT: 'http://127.0.0.1:4573' }, 'S3_BUCKET'],
    ['a key id without aws:kms', { S3_BUCKET: 'abc', S3_SSE: 'AES256', S3_SSE_KMS_KEY_ID: 'k' }, 'S3_SSE_KMS_KEY_ID'],
    ['any page as an origin', { CORS_ORIGINS: '*' }, 'CORS_ORIGINS'],
    ['an origin with a path', { CORS_ORIGINS: 'https://a.example.org/app' }, 'CORS_ORIGINS'],
    ['every proxy as trusted', { TRUST_PROXY: 'true' }, 'TRUST_PROXY'],
    ['a network that is none', { TRUST_PROXY: '10.0.0.0/33' }, 'TRUST_PROXY'],
    ['a fraction of a port', { PORT: '80.5' }, 'PORT'],
    ['a number with a unit', { RECORDING_MAX_BYTES: '4GiB' }, 'RECORDING_MAX_BYTES'],
    ['an address without a scheme', { ...issuer, JWT_JWKS_URL: 'id.example.org/jwks' }, 'JWT_JWKS_URL'],
    ['a file as the key set', { ...issuer, JWT_JWKS_URL: 'file:///etc/passwd' }, 'JWT_JWKS_URL'],
    ['a switch that is neither', { S3_BUCKET: 'abc', S3_FORCE_PATH_STYLE: 'maybe' }, 'S3_FORCE_PATH_STYLE'],
  ])('refuses %s', (_what, env, setting) => {
    expect(wrongSettings(env)).toEqual([setting]);
  });

  it('takes as addresses of webhooks all that the delivery takes, and nothing else', () => {
    for (const entry of ['pager.internal', 'localhost', '10.1.2.3', '10.0.0.0/8', 'fd00::/8', '::1'])
      expect(
        () => new AddressRule(readConfig({ WEBHOOK_ALLOWED_ADDRESSES: entry }).webhooks.allowedAddresses),
      ).not.toThrow();
    for (const entry of ['*', '10.0.0.0/33', 'a b', '*.internal', '10.0.0', '-a', 'https://a']) {
      expect(() => new AddressRule([entry])).toThrow(TypeError);
      expect(() => readConfig({ WEBHOOK_ALLOWED_ADDRESSES: entry })).toThrow(ConfigError);
    }
  });
});

describe('the table of settings', () => {
  it('says for every setting what it means', () => {
    expect(settings().length).toBeGreaterThan(25);
    for (const { name, meaning } of settings()) {
      expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
      expect(meaning.length).toBeGreaterThan(10);
    }
  });

  it('shows the defaults that reading applies', () => {
    const shown = Object.fromEntries(settings().map((s) => [s.name, s.default]));
    expect(shown).toMatchObject({ PORT: '3000', DATA_DIR: './data', RELEASE_MODE: 'two-key', S3_BUCKET: '' });
    const defaults = Object.fromEntries(settings().flatMap((s) => (s.default === '' ? [] : [[s.name, s.default]])));
    expect(readConfig(defaults)).toEqual(readConfig({}));
  });
});
