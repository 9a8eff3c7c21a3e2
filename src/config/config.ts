import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { Id, RELEASE_NAME, ROLES } from '../../events/values.ts';
import { clockSets } from '../../projections/clock-rules.ts';
import { appVersion } from './version.ts';

const GIB = 2 ** 30;
const DAY_MS = 86_400_000;

const whole = (min: number, max: number) =>
  z.coerce
    .number({ error: `must be a whole number from ${min} to ${max}` })
    .int({ error: `must be a whole number from ${min} to ${max}` })
    .min(min, { error: `must be at least ${min}` })
    .max(max, { error: `must be at most ${max}` });

const oneOf = <const T extends readonly [string, ...string[]]>(options: T) =>
  z.enum(options, { error: `must be one of: ${options.join(', ')}` });

const flag = z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'], error: 'must be true or false' });

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

const isHttpUrl = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
const httpUrl = z.string().refine(isHttpUrl, { error: 'must be an http(s) URL' });

/** As long as the longest consultation, with its breaks. */
const VIEW_MAX_DEFAULT = 14_400;

/** `https://app.example.org`, with no path: what a browser sends as Origin. `*` is refused, it would let any page act for a signed-in person. */
const origins = list.refine(
  (entries) => entries.every((entry) => isHttpUrl(entry) && new URL(entry).origin === entry),
  {
    error: 'must be a comma-separated list of origins such as https://app.example.org (no path, no *)',
  },
);

const origin = z.string().refine((text) => isHttpUrl(text) && new URL(text).origin === text, {
  error: 'must be an origin such as https://ledger.example.org (no path)',
});

const isNetwork = (text: string) => {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
};
const networks = list.refine((entries) => entries.every(isNetwork), {
  error: 'must be a comma-separated list of proxy addresses or networks such as 10.0.0.0/8',
});

/** `pager.internal`, `10.1.2.3`, `10.0.0.0/8`. */
const isHost = (text: string) => /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z][a-z0-9-]*$/i.test(text);
const hosts = list.refine((entries) => entries.every((entry) => isNetwork(entry) || isHost(entry)), {
  error: 'must be a comma-separated list of host names, addresses or networks such as 10.0.0.0/8',
});

const secrets = list.refine((entries) => entries.every((entry) => entry.length >= 16), {
  error: 'must be secrets of at least 16 characters, comma-separated',
});

/** As Standard Webhooks writes them. */
const standardSecrets = secrets.refine((all) => all.every((each) => /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(each)), {
  error: 'must be `whsec_` and at least 24 bytes as base64; comma-separated during a rotation',
});

/** `bucket/prefix/`: all that lies under the prefix, or in the bucket where there is none. */
const claimPlaces = list
  .refine((all) => all.every((each) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/([A-Za-z0-9_.=-]+\/)*$/.test(each)), {
    error: 'must be comma-separated places such as recordings-in/egress/, each with a slash at its end',
  })
  .transform((all) =>
    all.map((each) => ({ bucket: each.slice(0, each.indexOf('/')), prefix: each.slice(each.indexOf('/') + 1) })),
  );

/** `roles`, `https://app.example/roles`, `realm_access.roles`, `resource_access."ledger.web".roles`. */
const claim = z.string().regex(/^("[^"]+"|[^".]+)(\.("[^"]+"|[^".]+))*$/, {
  error: 'must be a claim name or a path such as realm_access.roles or resource_access."a.client".roles',
});

/** `Doctors=clinician`. The last `=` counts: groups of a directory have some of their own. */
const roleMap = list.transform((entries, context): [value: string, role: (typeof ROLES)[number]][] =>
  entries.map((entry) => {
    const [, value = '', name = ''] = /^(.*)=(.*)$/s.exec(entry) ?? [];
    const role = ROLES.find((known) => known === name.trim());
    if (value.trim() !== '' && role) return [value.trim(), role];
    context.addIssue({
      code: 'custom',
      message: `must be comma-separated pairs such as Doctors=clinician, with one of the roles ${ROLES.join(', ')}`,
    });
    return z.NEVER;
  }),
);

const acrs = list.refine((entries) => entries.every((entry) => /^[!#-[\]-~]+$/.test(entry)), {
  error: 'must be comma-separated values without spaces, quotes and backslashes',
});

/** What the sign-in itself says is not to be said twice. */
const OWN_PARAMETERS =
  /^(client_id|redirect_uri|response_type|response_mode|scope|state|nonce|code_challenge|code_challenge_method|max_age|acr_values)$/;
const parameters = list.transform((entries, context): [name: string, value: string][] =>
  entries.map((entry) => {
    const [, name = '', value = ''] = /^([a-z][a-z0-9_]*)=(.+)$/i.exec(entry) ?? [];
    if (name !== '' && !OWN_PARAMETERS.test(name)) return [name, value];
    context.addIssue({
      code: 'custom',
      message:
        'must be comma-separated pairs such as audience=https://ledger.example.org, none that a sign-in has of its own',
    });
    return z.NEVER;
  }),
);

const codes = list.refine((entries) => entries.every((entry) => Id.safeParse(entry).success), {
  error: 'must be comma-separated codes of 1 to 64 letters, digits, "_", "." or "-"',
});

const clocks = list.pipe(z.array(oneOf(clockSets)).min(1, { error: 'must name one' }));

const timeZone = z.string().refine(
  (zone) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
    } catch {
      return false;
    }
  },
  { error: 'must be a time zone such as Europe/Berlin' },
);

const storeUrl = z.string().regex(/^esdb(\+discover)?:\/\/[^/]+/, {
  error: 'must be an esdb:// or esdb+discover:// connection string',
});

const LOOPBACK = ['localhost', '127.0.0.0/8', '::1'];

/** Cross-field rules look at whatever parsed, so that they are reported together with wrong single fields. */
const always = { when: () => true };

/** Every setting there is. The README's table and `help` are made from the defaults and descriptions below. */
const environment = z
  .object({
    NODE_ENV: oneOf(['development', 'test', 'production'])
      .default('development')
      .describe('`production` refuses development keys and plain-text key URLs'),
    APP_VERSION: z
      .string()
      .regex(RELEASE_NAME, { error: 'must be 1 to 64 letters, digits, "_", ".", "+" or "-"' })
      .optional()
      .describe('the release that is recorded with every event; without it the version of the package'),
    HOST: z.string().default('127.0.0.1').describe('address to listen on'),
    PORT: whole(0, 65_535).default(3_000).describe('port to listen on; 0 takes a free one'),
    DATA_DIR: z
      .string()
      .transform((dir) => resolve(dir))
      .prefault('./data')
      .describe('folder of the embedded store, file recordings and keys made here'),
    STORE_URL: storeUrl
      .optional()
      .describe('`esdb://…` of an EventStoreDB cluster; without it the embedded node is started'),
    S3_BUCKET: z
      .string()
      .min(3)
      .optional()
      .describe('bucket for recordings; without it they are files under `DATA_DIR`'),
    S3_ENDPOINT: httpUrl.optional().describe('endpoint of an S3-compatible server; without it, AWS'),
    S3_REGION: z.string().optional().describe('region of the bucket'),
    S3_FORCE_PATH_STYLE: flag.default(false).describe('`true` for servers that do not take the bucket as a host name'),
    S3_SSE: oneOf(['AES256', 'aws:kms']).optional().describe('server-side encryption asked for with every upload'),
    S3_SSE_KMS_KEY_ID: z.string().optional().describe('key for `S3_SSE=aws:kms`'),
    JWT_ISSUER: z.string().min(1).optional().describe('`iss` of accepted tokens; without it a development key is used'),
    JWT_AUDIENCE: z.string().min(1).optional().describe('`aud` of accepted tokens'),
    JWT_JWKS_URL: httpUrl.optional().describe("the issuer's public keys"),
    JWT_JWKS_COOLDOWN_MS: whole(100, 600_000)
      .default(5_000)
      .describe('least time between two fetches of the keys when a token names an unknown one'),
    JWT_AUDIENCE_CLAIM: claim
      .default('aud')
      .describe('claim that has to hold the audience; access tokens of Amazon Cognito have it in `client_id`'),
    JWT_ROLES_CLAIM: claim
      .default('roles')
      .describe('claim with the roles: its name, or a path into objects, where a part with dots is in double quotes'),
    JWT_ROLE_MAP: roleMap
      .optional()
      .describe(
        'what values of that claim mean, as `Doctors=clinician,Nurses=clinician`; no other value is a role then. Without it the values are roles',
      ),
    JWT_SUBJECT_CLAIM: claim.default('sub').describe("claim with the person's id, written like `JWT_ROLES_CLAIM`"),
    JWT_REQUIRED_ACR: acrs
      .default([])
      .describe(
        'values of `acr` (or `acrs`), comma-separated: without one of them a token is not for the roles `on-call` and `compliance`',
      ),
    RELEASE_MODE: oneOf(['two-key', 'policy'])
      .default('two-key')
      .describe(
        '`two-key` permits a view when policy and monitor agree; `policy` on the policy alone, cut when the monitor flags it',
      ),
    RELEASE_TIMEOUT_MS: whole(50, 60_000)
      .default(2_000)
      .describe("longest wait for the monitor's verdict before a view is refused"),
    EMERGENCY_REASON_CODES: codes
      .default([])
      .describe(
        'codes that are enough of a reason for an emergency view, comma-separated; any other has 15 characters',
      ),
    EMERGENCY_PATIENTS_PER_DAY: whole(1, 10_000)
      .default(3)
      .describe(
        'different patients whose recordings one person opens as emergencies in 24 hours before it is critical',
      ),
    DRILL_EVERY_DAYS: whole(0, 366)
      .default(0)
      .describe('days within which a drill has to be begun again, 30 for a monthly one; 0 asks for none'),
    PROBING_PATIENTS: whole(0, 10_000)
      .default(5)
      .describe(
        'patients whose data a person may ask for in vain in 10 minutes before it is an incident; 0 is no limit',
      ),
    PROBING_MISSES: whole(0, 10_000)
      .default(30)
      .describe('times a person may ask in vain in 5 minutes before it is an incident; 0 is no limit'),
    VIEW_TTL_SECONDS: whole(10, 86_400)
      .default(900)
      .describe('how long the content of a permitted view can be fetched; while it is played, how long it may rest'),
    VIEW_MAX_SECONDS: whole(10, 86_400)
      .optional()
      .describe('the end of a view that is in use; without it 4 hours, or `VIEW_TTL_SECONDS` where that is longer'),
    VIEW_COOKIE_SECRET: z
      .string()
      .min(32, { error: 'must have at least 32 characters' })
      .optional()
      .describe(
        'signs the cookies that play views in browsers, the same on every instance; without it one of `DATA_DIR`',
      ),
    SLOT_HOLD_SECONDS: whole(1, 3_600).default(30).describe('after which an unconfirmed hold on a diary lapses'),
    BOOKINGS_PER_CLINICIAN: whole(1, 1_000)
      .default(5)
      .describe('consultations a patient who books for themselves may have ahead with one clinician'),
    BOOKING_MAX_PAST_MINUTES: whole(0, 5_256_000)
      .default(5)
      .describe(
        'how long ago a consultation may have begun that a clinician or a service books or moves; for patients 5 at most',
      ),
    BOOKING_MAX_DAYS_AHEAD: whole(0, 36_500)
      .default(366)
      .describe('days from now within which a consultation that is booked or moved must begin; 0 is no limit'),
    BOOKING_CLINICIANS: oneOf(['any', 'known'])
      .default('any')
      .describe(
        '`known` takes bookings of clinicians alone who are employed at that time by the facts about people; `any` of all',
      ),
    BOOKING_OVERLAP: oneOf(['warn', 'refuse'])
      .default('warn')
      .describe('a patient at two places at once: `warn` books and says so, `refuse` does not book'),
    COMPLETE_BEFORE_START: oneOf(['joined', 'always'])
      .default('joined')
      .describe(
        'which consultations can be completed before their start: those that a participant `joined`, or `always` all',
      ),
    RECORDING_MAX_BYTES: whole(1, 1_024 * GIB)
      .default(4 * GIB)
      .describe('largest recording'),
    RECORDING_RETENTION_DAYS: whole(1, 36_500)
      .optional()
      .describe('age at which recordings are erased; without it never'),
    RECORDING_DELIVERY: oneOf(['stream', 'redirect'])
      .default('stream')
      .describe(
        '`stream` sends the bytes through the API, where they can be cut and counted; `redirect` to a presigned URL',
      ),
    RECORDING_IDLE_TIMEOUT_MS: whole(100, 600_000)
      .default(30_000)
      .describe('longest silence of an upload or download before it is cut'),
    RECORDING_MIN_BYTES_PER_SECOND: whole(0, GIB)
      .default(16_384)
      .describe('least average rate of an upload over 30 seconds of waiting for it; 0 is no limit'),
    RECORDING_UPLOADS_PER_CALLER: whole(1, 100_000).default(8).describe('uploads a person may have under way at once'),
    RECORDING_UPLOADS_PER_SERVICE: whole(1, 100_000)
      .default(64)
      .describe('uploads a caller with the role `service` may have under way at once'),
    RECORDING_DIGEST_REQUIRED: flag
      .default(true)
      .describe('whether services must send `Content-Digest` (or `Digest`) with an upload'),
    RECORDING_SAME_BYTES: oneOf(['quarantine', 'keep'])
      .default('quarantine')
      .describe(
        'a recording whose bytes are filed with another patient: `quarantine` keeps it from all viewers until compliance has reviewed it; `keep` where one sample is uploaded for many patients',
      ),
    KEYS_KMS: oneOf(['file', 'aws', 'vault'])
      .optional()
      .describe(
        'seals recordings, what people write and the files of exports at rest, under keys that it holds: `file` under `DATA_DIR`, for development and a single machine; `aws` KMS; `vault`, or OpenBao. Without it all of that is stored in clear',
      ),
    KEYS_BUCKET: z
      .string()
      .min(3)
      .optional()
      .describe(
        'bucket for the wrapped keys, at `S3_ENDPOINT`, where several machines share them; without it they are in `DATA_DIR`',
      ),
    KEYS_AWS_KEY_ID: z.string().min(1).optional().describe('id, ARN or alias of the key for `KEYS_KMS=aws`'),
    KEYS_AWS_REGION: z.string().min(1).optional().describe('its region; without it that of the AWS SDK'),
    KEYS_AWS_ENDPOINT: httpUrl.optional().describe('endpoint of a server that speaks the protocol; without it, AWS'),
    KEYS_VAULT_URL: httpUrl.optional().describe('address of the server for `KEYS_KMS=vault`'),
    KEYS_VAULT_KEY: z
      .string()
      .regex(/^[\w-]+(\/[\w-]+)+$/, { error: 'must be the mount and the name of a key, such as transit/ledger' })
      .default('transit/consultation-ledger')
      .describe('mount of its transit engine and name of the key'),
    KEYS_VAULT_TOKEN_FILE: z
      .string()
      .transform((file) => resolve(file))
      .optional()
      .describe('file with the token for it, read for each call'),
    KEYS_BACKUP_DAYS: whole(0, 3_650)
      .default(30)
      .describe('how long the last back-up of keys is kept after a patient’s keys were destroyed: certificates say so'),
    PATIENT_ID_MODE: oneOf(['issued', 'pseudonym'])
      .default('issued')
      .describe(
        'which ids of people events hold: those of your issuer, or with `pseudonym` random ones, and a sealed file beside the keys says whose; an erasure forgets whose a patient’s was. Chosen before the first event, for good',
      ),
    PATIENT_ID_SECRET: z
      .string()
      .min(32, { error: 'must be at least 32 characters' })
      .optional()
      .describe('seals that file, the same on every process; without it the file says nothing, and cannot be used'),
    ERASURE_HOLD_HOURS: whole(0, 8_760)
      .default(72)
      .describe('how long the erasure of a patient can be cancelled after it was approved; then it begins'),
    HISTORY_INDEX: oneOf(['on', 'off'])
      .default('on')
      .describe('`off` for instances that only serve apps: they keep no index of the access history'),
    HISTORY_MEMORY_MB: whole(64, 1_048_576)
      .default(256)
      .describe('memory that questions about the access history may take, in MiB'),
    RULES: oneOf(['on', 'off'])
      .default('on')
      .describe(
        '`off` for instances that only serve apps: they follow no rules beyond one patient; at least one has to',
      ),
    EXPORT_APPROVAL_PEOPLE: whole(0, 10_000_000)
      .default(1_000)
      .describe('people in an export of the access history beyond which a second officer has to approve it'),
    BREACH_CLOCKS: clocks
      .prefault('gdpr,ico,hipaa')
      .describe(
        `laws whose clocks run for an incident, comma-separated: ${clockSets.map((set) => `\`${set}\``).join(', ')}`,
      ),
    BREACH_TIME_ZONE: timeZone.default('UTC').describe('zone in which the days of those clocks begin and end'),
    FHIR_SOURCE: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, "." or "-"' })
      .default('consultation-ledger')
      .describe('how this system, and its end of a connection, is called in audit events in FHIR'),
    STAFF_DISCLOSURE: oneOf(['role', 'pseudonym', 'name'])
      .default('name')
      .describe('how patients are told who looked: by role, by a pseudonym for this patient alone, or by id'),
    STAFF_PSEUDONYM_SECRET: z
      .string()
      .min(32, { error: 'must have at least 32 characters' })
      .optional()
      .describe('makes the pseudonyms of staff, the same on every instance; another one renames all of them'),
    ACCESS_NOTIFICATIONS_DEFAULT: oneOf(['on', 'off'])
      .default('off')
      .describe(
        'whether patients who have not chosen are told at once of each access to their recordings; of emergencies they always are',
      ),
    WEBHOOK_SIGNING_KEY: z
      .string()
      .min(32, { error: 'must have at least 32 characters' })
      .optional()
      .describe('the secrets of webhooks are derived from it, the same on every instance; without it there are none'),
    WEBHOOK_ALLOWED_ADDRESSES: hosts
      .default([])
      .describe(
        'host names, addresses and networks that webhooks may have though they are not public, comma-separated',
      ),
    WEBHOOK_ALLOW_HTTP: flag.default(false).describe('`true` for webhooks without TLS; refused in production'),
    ESCALATION_POLICY: z
      .string()
      .transform((file) => resolve(file))
      .optional()
      .describe(
        'YAML file that says who is paged when, and who is on call; without it a policy that pages all there is',
      ),
    PAGERDUTY_ROUTING_KEY: z
      .string()
      .min(1)
      .optional()
      .describe('pages through PagerDuty: the key of an integration of the kind Events API v2'),
    PAGERDUTY_URL: httpUrl
      .default('https://events.pagerduty.com/v2/enqueue')
      .describe('where events for PagerDuty are posted to'),
    PAGERDUTY_WEBHOOK_SECRET: secrets
      .default([])
      .describe(
        'signs webhooks (V3) from PagerDuty, so that an acknowledgement on the phone is one here; comma-separated during a rotation',
      ),
    ALERTMANAGER_URL: httpUrl.optional().describe('pages through an Alertmanager'),
    PAGE_WEBHOOK_URL: httpUrl.optional().describe('pages as CloudEvents, signed as Standard Webhooks'),
    PAGE_WEBHOOK_SECRET: standardSecrets
      .default([])
      .describe('signs them: `whsec_…`, comma-separated during a rotation'),
    PAGE_SMTP_URL: z
      .string()
      .regex(/^smtps?:\/\/[^/]+/, { error: 'must be an smtp:// or smtps:// URL' })
      .optional()
      .describe('pages by e-mail: `smtps://user:password@host`'),
    PAGE_MAIL_FROM: z.email({ error: 'must be an address' }).optional().describe('sender of pages by e-mail'),
    PAGE_MAIL_TO: list
      .refine((all) => all.every((each) => z.email().safeParse(each).success), {
        error: 'must be comma-separated addresses',
      })
      .default([])
      .describe('receivers of pages by e-mail whom the policy gives no other address, comma-separated'),
    PAGE_LINK: z
      .string()
      .refine((text) => isHttpUrl(text) && text.includes('{incidentId}'), {
        error: 'must be an http(s) URL with {incidentId} in it',
      })
      .optional()
      .describe('where the link of a page leads, with `{incidentId}` for the id; without it pages have none'),
    PAGE_ALLOWED_ADDRESSES: hosts
      .default([])
      .describe(
        'host names, addresses and networks that receivers of pages may have though they are not public, comma-separated; outside production also this machine',
      ),
    PAGE_ALLOW_HTTP: flag
      .default(false)
      .describe('`true` for receivers of pages without TLS; outside production they may be'),
    PAGING_HEARTBEAT_URL: httpUrl
      .optional()
      .describe('posted to every 60 seconds while this instance can page, for a service that alarms when that stops'),
    LIVEKIT_URL: z
      .string()
      .refine((text) => isHttpUrl(text.replace(/^ws/, 'http')), { error: 'must be an https or wss URL' })
      .optional()
      .describe('LiveKit server that is asked for what its webhooks did not tell; without it they are all there is'),
    LIVEKIT_API_KEY: z
      .string()
      .min(1)
      .optional()
      .describe('key that its webhooks are signed with, and that it is asked with'),
    LIVEKIT_API_SECRET: z
      .string()
      .min(16, { error: 'must have at least 16 characters' })
      .optional()
      .describe('secret of that key'),
    MEDIA_WEBHOOK_SECRET: standardSecrets
      .default([])
      .describe(
        'signs what other media servers tell, as Standard Webhooks: `whsec_…`, comma-separated during a rotation',
      ),
    MEDIA_CLAIM_BUCKETS: claimPlaces
      .default([])
      .describe(
        'where recorders leave files that may be claimed: `bucket/prefix/`, comma-separated; at S3_ENDPOINT, and none by default',
      ),
    PEOPLE_FACTS_KEY: z
      .string()
      .min(32, { error: 'must have at least 32 characters' })
      .optional()
      .describe(
        'makes keys of the names and addresses in facts about people, the same on every instance; without it they are taken as keys alone',
      ),
    RATE_LIMIT_PER_MINUTE: whole(0, 10_000_000)
      .default(600)
      .describe('requests a person may make in a minute; 0 is no limit'),
    RATE_LIMIT_SERVICE_PER_MINUTE: whole(0, 10_000_000)
      .default(60_000)
      .describe('requests a caller with the role `service` may make in a minute; 0 is no limit'),
    CALLS_AT_ONCE: whole(1, 100_000).default(64).describe('requests of one person that may be under way at once'),
    CALLS_AT_ONCE_SERVICE: whole(1, 100_000)
      .default(1_024)
      .describe('requests of one caller with the role `service` that may be under way at once'),
    SOCKETS_MAX: whole(1, 1_000_000).default(10_000).describe('socket.io connections this instance keeps open'),
    SOCKETS_PER_ADDRESS: whole(1, 1_000_000)
      .default(1_000)
      .describe('of them from one address; a hospital may share one'),
    SOCKETS_PER_PERSON: whole(1, 10_000)
      .default(20)
      .describe('sockets one person may have open, in all namespaces together'),
    CORS_ORIGINS: origins
      .default([])
      .describe('origins whose pages may call the API, comma-separated; none by default'),
    TRUST_PROXY: networks
      .default([])
      .describe('proxies whose X-Forwarded-For is believed, comma-separated; none by default'),
    CONSOLE_URL: origin
      .optional()
      .describe(
        'where people open the console, as `https://ledger.example.org`; without it on the machine itself alone, under a loopback name',
      ),
    CONSOLE_CLIENT_ID: z
      .string()
      .min(1)
      .optional()
      .describe(
        'how `JWT_ISSUER` knows the console, a confidential client; its redirect is `CONSOLE_URL` with `/console/callback`',
      ),
    CONSOLE_CLIENT_SECRET: z.string().min(1).optional().describe('the secret of that client'),
    CONSOLE_SCOPE: z
      .string()
      .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, {
        error: 'must be scopes with one space between',
      })
      .refine((scopes) => scopes.split(' ').includes('openid'), { error: 'must have openid among the scopes' })
      .default('openid')
      .describe('scopes that the console asks the issuer for'),
    CONSOLE_LOGIN_PARAMS: parameters
      .default([])
      .describe(
        'what else the console sends with a sign-in, as `audience=https://ledger.example.org`, where an issuer needs it to make a token for this API',
      ),
    CONSOLE_TOKEN: oneOf(['access', 'id'])
      .default('access')
      .describe(
        'which token of a sign-in says who the person is, by the rules of the `JWT_` settings: the `access` token, or the `id` token where the other is no JWT',
      ),
    CONSOLE_STEP_UP_ACR: acrs
      .default([])
      .describe(
        'values of `acr`, comma-separated, of which a sign-in must have one for dangerous acts; without any a recent one is enough',
      ),
    CONSOLE_SESSION_SECRET: z
      .string()
      .min(32, { error: 'must have at least 32 characters' })
      .optional()
      .describe(
        'encrypts the cookies of console sessions, the same on every instance; without it one of `DATA_DIR`. Another one ends all sessions',
      ),
    CONSOLE_IDLE_MINUTES: whole(1, 480)
      .default(30)
      .describe('after which a console session ends in which a person did nothing'),
    CONSOLE_SESSION_MINUTES: whole(1, 1_440)
      .default(60)
      .describe(
        'after which a console session ends, whatever was done in it: the longest that a role counts which the issuer has taken away',
      ),
    CONSOLE_NAMES_URL: httpUrl
      .refine((text) => text.includes('{id}'), { error: 'must have {id} where the id of the person goes' })
      .optional()
      .describe(
        'where the host app tells what a person is called, as `https://app.example.org/people/{id}/name`; without it no one is asked and the console shows no names',
      ),
    CONSOLE_NAMES_TOKEN: z.string().min(1).optional().describe('the bearer token that it is asked with'),
    METRICS_TOKEN: z
      .string()
      .min(32, { error: 'must have at least 32 characters' })
      .optional()
      .describe('bearer token for `/metrics`; without it only the machine itself may read it'),
    SHUTDOWN_DRAIN_MS: whole(0, 600_000)
      .default(0)
      .describe('how long requests are still taken at shutdown while readiness is 503, for balancers that ask for it'),
    SHUTDOWN_TIMEOUT_MS: whole(0, 600_000)
      .default(10_000)
      .describe('how long requests under way may take to finish at shutdown'),
    LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('least level that is logged'),
  })
  .refine((e) => !(e.JWT_ISSUER && !e.JWT_JWKS_URL), {
    ...always,
    path: ['JWT_JWKS_URL'],
    error: 'is needed with JWT_ISSUER: set it to the jwks_uri of the issuer',
  })
  .refine((e) => !(e.JWT_ISSUER && !e.JWT_AUDIENCE), {
    ...always,
    path: ['JWT_AUDIENCE'],
    error: 'is needed with JWT_ISSUER: set it to the audience the issuer puts into tokens for this API',
  })
  .refine((e) => !((e.JWT_AUDIENCE || e.JWT_JWKS_URL) && !e.JWT_ISSUER), {
    ...always,
    path: ['JWT_ISSUER'],
    error:
      'is needed with JWT_AUDIENCE and JWT_JWKS_URL: set it to the `iss` of the tokens, or unset all three for development keys',
  })
  .refine((e) => !(e.NODE_ENV === 'production' && !e.JWT_ISSUER), {
    ...always,
    path: ['JWT_ISSUER'],
    error: 'is needed in production: development keys are refused there; set JWT_ISSUER, JWT_AUDIENCE and JWT_JWKS_URL',
  })
  .refine((e) => !(e.NODE_ENV === 'production' && e.JWT_JWKS_URL?.startsWith('http:')), {
    ...always,
    path: ['JWT_JWKS_URL'],
    error: 'must be https in production: an attacker who changes the keys on the way can sign in as any person',
  })
  .refine((e) => !(e.NODE_ENV === 'production' && e.STORE_URL && !e.VIEW_COOKIE_SECRET), {
    ...always,
    path: ['VIEW_COOKIE_SECRET'],
    error:
      'is needed in production with STORE_URL, where there are several instances: set the same random text of at least 32 characters on each',
  })
  .refine((e) => !(e.CONSOLE_CLIENT_ID && !(e.JWT_ISSUER && isHttpUrl(e.JWT_ISSUER))), {
    ...always,
    path: ['JWT_ISSUER'],
    error:
      'is needed with CONSOLE_CLIENT_ID, as the URL under which the issuer has its /.well-known/openid-configuration',
  })
  .refine((e) => (e.CONSOLE_CLIENT_ID === undefined) === (e.CONSOLE_CLIENT_SECRET === undefined), {
    ...always,
    path: ['CONSOLE_CLIENT_SECRET'],
    error: 'is needed with CONSOLE_CLIENT_ID, and the other way round: set both, or unset both',
  })
  .refine((e) => !(e.CONSOLE_CLIENT_ID && !e.CONSOLE_URL), {
    ...always,
    path: ['CONSOLE_URL'],
    error: 'is needed with CONSOLE_CLIENT_ID: the issuer sends people back to it, to /console/callback',
  })
  .refine((e) => !(e.NODE_ENV === 'production' && e.STORE_URL && e.CONSOLE_CLIENT_ID && !e.CONSOLE_SESSION_SECRET), {
    ...always,
    path: ['CONSOLE_SESSION_SECRET'],
    error:
      'is needed in production with STORE_URL and CONSOLE_CLIENT_ID, where there are several instances: set the same random text of at least 32 characters on each',
  })
  .refine((e) => !(e.NODE_ENV === 'production' && e.CONSOLE_URL?.startsWith('http:')), {
    ...always,
    path: ['CONSOLE_URL'],
    error: 'must be https in production: a cookie that is read on the way signs its reader in',
  })
  .refine((e) => !(e.NODE_ENV === 'production' && e.CONSOLE_NAMES_URL?.startsWith('http:')), {
    ...always,
    path: ['CONSOLE_NAMES_URL'],
    error: 'must be https in production: names would be on the wire in clear',
  })
  .refine((e) => !(e.NODE_ENV === 'production' && e.WEBHOOK_ALLOW_HTTP), {
    ...always,
    path: ['WEBHOOK_ALLOW_HTTP'],
    error: 'must not be set in production: ids of patients would leave in plain text; use https',
  })
  .refine((e) => !(e.PAGE_WEBHOOK_URL && e.PAGE_WEBHOOK_SECRET.length === 0), {
    ...always,
    path: ['PAGE_WEBHOOK_SECRET'],
    error: 'is needed with PAGE_WEBHOOK_URL: set `whsec_` and the output of `openssl rand -base64 32`',
  })
  .refine((e) => !(e.PAGE_SMTP_URL && !e.PAGE_MAIL_FROM), {
    ...always,
    path: ['PAGE_MAIL_FROM'],
    error: 'is needed with PAGE_SMTP_URL: set the address that pages are sent from',
  })
  .refine((e) => !(e.PAGE_SMTP_URL && e.PAGE_MAIL_TO.length === 0 && !e.ESCALATION_POLICY), {
    ...always,
    path: ['PAGE_MAIL_TO'],
    error: 'is needed with PAGE_SMTP_URL: set who gets pages, or ESCALATION_POLICY to a file that says so',
  })
  .refine((e) => (e.LIVEKIT_API_KEY === undefined) === (e.LIVEKIT_API_SECRET === undefined), {
    ...always,
    path: ['LIVEKIT_API_SECRET'],
    error: 'is needed with LIVEKIT_API_KEY, and the other way round: set both, or unset both',
  })
  .refine((e) => !(e.LIVEKIT_URL && !e.LIVEKIT_API_KEY), {
    ...always,
    path: ['LIVEKIT_API_KEY'],
    error: 'is needed with LIVEKIT_URL: set the key and its secret',
  })
  .refine((e) => !(e.VIEW_MAX_SECONDS !== undefined && e.VIEW_MAX_SECONDS < e.VIEW_TTL_SECONDS), {
    ...always,
    path: ['VIEW_MAX_SECONDS'],
    error: 'must not be less than VIEW_TTL_SECONDS: a view would end before its first use is over',
  })
  .refine((e) => !(e.STAFF_DISCLOSURE === 'pseudonym' && !e.STAFF_PSEUDONYM_SECRET), {
    ...always,
    path: ['STAFF_PSEUDONYM_SECRET'],
    error:
      'is needed with STAFF_DISCLOSURE=pseudonym: set the same random text of at least 32 characters on each instance',
  })
  .refine((e) => !(e.S3_SSE_KMS_KEY_ID && e.S3_SSE !== 'aws:kms'), {
    ...always,
    path: ['S3_SSE_KMS_KEY_ID'],
    error: 'is used only with S3_SSE=aws:kms: set that, or unset the key',
  })
  .refine(
    (e) =>
      !(
        (e.S3_ENDPOINT || e.S3_REGION || e.S3_SSE) &&
        !e.S3_BUCKET &&
        !e.KEYS_BUCKET &&
        e.MEDIA_CLAIM_BUCKETS.length === 0
      ),
    {
      ...always,
      path: ['S3_BUCKET'],
      error: 'is needed with the other S3_ settings: without it recordings are files; set it, or unset them',
    },
  )
  .refine((e) => !(e.RECORDING_DELIVERY === 'redirect' && !e.S3_BUCKET), {
    ...always,
    path: ['RECORDING_DELIVERY'],
    error: '`redirect` needs S3_BUCKET: files can only be streamed',
  })
  .refine((e) => !(e.RECORDING_DELIVERY === 'redirect' && e.RELEASE_MODE === 'policy'), {
    ...always,
    path: ['RECORDING_DELIVERY'],
    error: '`redirect` cannot be cut, which RELEASE_MODE=policy relies on: use `stream`, or RELEASE_MODE=two-key',
  })
  .refine((e) => !(e.RECORDING_DELIVERY === 'redirect' && e.KEYS_KMS), {
    ...always,
    path: ['RECORDING_DELIVERY'],
    error:
      '`redirect` cannot be with KEYS_KMS: the store has sealed bytes, which no player can read; use `stream`, or unset KEYS_KMS',
  })
  .refine((e) => !(e.KEYS_KMS === 'aws' && !e.KEYS_AWS_KEY_ID), {
    ...always,
    path: ['KEYS_AWS_KEY_ID'],
    error: 'is needed with KEYS_KMS=aws: set the id, the ARN or an alias of a symmetric key',
  })
  .refine((e) => !(e.KEYS_KMS === 'vault' && !e.KEYS_VAULT_URL), {
    ...always,
    path: ['KEYS_VAULT_URL'],
    error: 'is needed with KEYS_KMS=vault: set the address of Vault or OpenBao',
  })
  .refine((e) => !(e.KEYS_KMS === 'vault' && !e.KEYS_VAULT_TOKEN_FILE), {
    ...always,
    path: ['KEYS_VAULT_TOKEN_FILE'],
    error: 'is needed with KEYS_KMS=vault: set the file that its agent writes the token to',
  })
  .refine((e) => !(e.NODE_ENV === 'production' && e.KEYS_VAULT_URL?.startsWith('http:')), {
    ...always,
    path: ['KEYS_VAULT_URL'],
    error: 'must be https in production: keys and the token would be on the wire in clear',
  })
  .refine((e) => !(e.NODE_ENV === 'production' && e.KEYS_AWS_ENDPOINT?.startsWith('http:')), {
    ...always,
    path: ['KEYS_AWS_ENDPOINT'],
    error: 'must be https in production: keys would be on the wire in clear',
  })
  .refine((e) => !(e.NODE_ENV === 'production' && e.STORE_URL && e.KEYS_KMS && !e.KEYS_BUCKET), {
    ...always,
    path: ['KEYS_BUCKET'],
    error:
      'is needed in production with STORE_URL and KEYS_KMS, where there are several instances: a key that one of them makes in its own DATA_DIR opens nothing on another',
  })
  .refine((e) => !(e.PATIENT_ID_MODE === 'pseudonym' && !e.PATIENT_ID_SECRET), {
    ...always,
    path: ['PATIENT_ID_SECRET'],
    error: 'is needed with PATIENT_ID_MODE=pseudonym: set a random text of at least 32 characters, and keep it',
  })
  .refine((e) => !(e.PATIENT_ID_MODE === 'pseudonym' && !e.KEYS_KMS), {
    ...always,
    path: ['PATIENT_ID_MODE'],
    error:
      '`pseudonym` needs KEYS_KMS: without it recordings and what people write are in clear, and no patient can be erased',
  })
  .refine((e) => !(e.PATIENT_ID_MODE === 'pseudonym' && e.KEYS_BUCKET), {
    ...always,
    path: ['PATIENT_ID_MODE'],
    error:
      '`pseudonym` cannot be with KEYS_BUCKET: whose an id is stands in DATA_DIR, on one machine, and another would give the same person a second id',
  })
  .refine((e) => !(e.KEYS_KMS === 'file' && e.KEYS_BUCKET), {
    ...always,
    path: ['KEYS_BUCKET'],
    error: 'cannot be with KEYS_KMS=file: the key that opens them would be on one machine alone; use `aws` or `vault`',
  })
  .refine((e) => !(e.KEYS_BUCKET && e.KEYS_BUCKET === e.S3_BUCKET), {
    ...always,
    path: ['KEYS_BUCKET'],
    error: 'must not be S3_BUCKET: a copy of the recordings must not hold their keys; set another bucket',
  });

/** The configuration by concern. Frozen; what does not apply is not there. */
const grouped = environment.transform((e) => ({
  nodeEnv: e.NODE_ENV,
  appVersion: e.APP_VERSION ?? appVersion,
  logLevel: e.LOG_LEVEL,
  dataDir: e.DATA_DIR,
  storeUrl: e.STORE_URL,
  http: {
    host: e.HOST,
    port: e.PORT,
    corsOrigins: e.CORS_ORIGINS,
    trustedProxies: e.TRUST_PROXY,
    rateLimitPerMinute: e.RATE_LIMIT_PER_MINUTE,
    serviceRateLimitPerMinute: e.RATE_LIMIT_SERVICE_PER_MINUTE,
    callsAtOnce: e.CALLS_AT_ONCE,
    serviceCallsAtOnce: e.CALLS_AT_ONCE_SERVICE,
    sockets: { max: e.SOCKETS_MAX, perAddress: e.SOCKETS_PER_ADDRESS, perPerson: e.SOCKETS_PER_PERSON },
    shutdownDrainMs: e.SHUTDOWN_DRAIN_MS,
    shutdownTimeoutMs: e.SHUTDOWN_TIMEOUT_MS,
    metricsToken: e.METRICS_TOKEN,
  },
  tokens: {
    rolesClaim: e.JWT_ROLES_CLAIM,
    subjectClaim: e.JWT_SUBJECT_CLAIM,
    audienceClaim: e.JWT_AUDIENCE_CLAIM,
    /** Undefined: the values are roles. */
    roleMap: e.JWT_ROLE_MAP,
    /** Empty: however a person signed in. */
    requiredAcr: e.JWT_REQUIRED_ACR,
    /** Undefined: tokens are signed with a development key under `dataDir`. */
    issuer:
      e.JWT_ISSUER && e.JWT_AUDIENCE && e.JWT_JWKS_URL
        ? {
            issuer: e.JWT_ISSUER,
            audience: e.JWT_AUDIENCE,
            jwksUrl: e.JWT_JWKS_URL,
            jwksCooldownMs: e.JWT_JWKS_COOLDOWN_MS,
          }
        : undefined,
  },
  console: {
    /** Undefined: under loopback names alone. */
    url: e.CONSOLE_URL,
    /** Undefined: no one signs in with an issuer. */
    client:
      e.CONSOLE_CLIENT_ID && e.CONSOLE_CLIENT_SECRET && e.CONSOLE_URL
        ? {
            ...{ id: e.CONSOLE_CLIENT_ID, secret: e.CONSOLE_CLIENT_SECRET, url: e.CONSOLE_URL },
            ...{ scope: e.CONSOLE_SCOPE, params: e.CONSOLE_LOGIN_PARAMS, token: e.CONSOLE_TOKEN },
          }
        : undefined,
    /** Empty: a recent sign-in is enough for dangerous acts. */
    stepUpAcr: e.CONSOLE_STEP_UP_ACR,
    /** Undefined: one is made and kept under `dataDir`. */
    sessionSecret: e.CONSOLE_SESSION_SECRET,
    idleMs: e.CONSOLE_IDLE_MINUTES * 60_000,
    longestMs: e.CONSOLE_SESSION_MINUTES * 60_000,
    /** Undefined: no one is asked for a name. */
    names: e.CONSOLE_NAMES_URL ? { url: e.CONSOLE_NAMES_URL, token: e.CONSOLE_NAMES_TOKEN } : undefined,
  },
  consultations: {
    slotHoldMs: e.SLOT_HOLD_SECONDS * 1_000,
    mostOpenPerClinician: e.BOOKINGS_PER_CLINICIAN,
    maxPastMs: e.BOOKING_MAX_PAST_MINUTES * 60_000,
    /** Undefined: no limit. */
    maxAheadMs: e.BOOKING_MAX_DAYS_AHEAD === 0 ? undefined : e.BOOKING_MAX_DAYS_AHEAD * DAY_MS,
    clinicians: e.BOOKING_CLINICIANS,
    overlap: e.BOOKING_OVERLAP,
    completeBeforeStart: e.COMPLETE_BEFORE_START,
  },
  recordings: {
    maxBytes: e.RECORDING_MAX_BYTES,
    retentionMs: e.RECORDING_RETENTION_DAYS === undefined ? undefined : e.RECORDING_RETENTION_DAYS * DAY_MS,
    delivery: e.RECORDING_DELIVERY,
    idleTimeoutMs: e.RECORDING_IDLE_TIMEOUT_MS,
    /** 0: as slow as it likes. */
    leastBytesPerSecond: e.RECORDING_MIN_BYTES_PER_SECOND,
    uploadsPerCaller: e.RECORDING_UPLOADS_PER_CALLER,
    uploadsPerService: e.RECORDING_UPLOADS_PER_SERVICE,
    digestRequired: e.RECORDING_DIGEST_REQUIRED,
    sameBytes: e.RECORDING_SAME_BYTES,
    /** Undefined: recordings are files under `dataDir`. */
    s3: e.S3_BUCKET
      ? {
          bucket: e.S3_BUCKET,
          endpoint: e.S3_ENDPOINT,
          region: e.S3_REGION,
          forcePathStyle: e.S3_FORCE_PATH_STYLE,
          sse: e.S3_SSE,
          sseKmsKeyId: e.S3_SSE_KMS_KEY_ID,
        }
      : undefined,
  },
  keys: {
    /** Undefined: recordings are stored in clear. */
    kms: e.KEYS_KMS,
    /** Undefined: wrapped keys are in a file under `dataDir`. */
    bucket: e.KEYS_BUCKET
      ? {
          bucket: e.KEYS_BUCKET,
          endpoint: e.S3_ENDPOINT,
          region: e.S3_REGION,
          forcePathStyle: e.S3_FORCE_PATH_STYLE,
          sse: e.S3_SSE,
          sseKmsKeyId: e.S3_SSE_KMS_KEY_ID,
        }
      : undefined,
    aws: e.KEYS_AWS_KEY_ID
      ? { keyId: e.KEYS_AWS_KEY_ID, region: e.KEYS_AWS_REGION, endpoint: e.KEYS_AWS_ENDPOINT }
      : undefined,
    vault:
      e.KEYS_VAULT_URL && e.KEYS_VAULT_TOKEN_FILE
        ? { url: e.KEYS_VAULT_URL, key: e.KEYS_VAULT_KEY, tokenFile: e.KEYS_VAULT_TOKEN_FILE }
        : undefined,
  },
  /** Undefined: people have the ids of the issuer. */
  pseudonyms:
    e.PATIENT_ID_MODE === 'pseudonym' && e.PATIENT_ID_SECRET !== undefined
      ? { secret: e.PATIENT_ID_SECRET }
      : undefined,
  erasure: { holdMs: e.ERASURE_HOLD_HOURS * 3_600_000, keyBackupsMs: e.KEYS_BACKUP_DAYS * DAY_MS },
  history: { isKept: e.HISTORY_INDEX === 'on', memoryMb: e.HISTORY_MEMORY_MB },
  rules: { areFollowed: e.RULES === 'on' },
  exports: { approvalPeople: e.EXPORT_APPROVAL_PEOPLE },
  clocks: { sets: e.BREACH_CLOCKS, zone: e.BREACH_TIME_ZONE },
  fhirSource: e.FHIR_SOURCE,
  staffDisclosure: { by: e.STAFF_DISCLOSURE, secret: e.STAFF_PSEUDONYM_SECRET },
  accessNotifications: { byDefault: e.ACCESS_NOTIFICATIONS_DEFAULT === 'on' },
  webhooks: {
    /** Undefined: none can be registered, and none is sent to. */
    signingKey: e.WEBHOOK_SIGNING_KEY,
    allowedAddresses: e.WEBHOOK_ALLOWED_ADDRESSES,
    allowHttp: e.WEBHOOK_ALLOW_HTTP,
  },
  paging: {
    /** Undefined: the default policy. */
    policyFile: e.ESCALATION_POLICY,
    pagerduty:
      e.PAGERDUTY_ROUTING_KEY === undefined ? undefined : { url: e.PAGERDUTY_URL, routingKey: e.PAGERDUTY_ROUTING_KEY },
    pagerdutyUrl: e.PAGERDUTY_URL,
    pagerdutyWebhookSecrets: e.PAGERDUTY_WEBHOOK_SECRET,
    alertmanagerUrl: e.ALERTMANAGER_URL,
    webhook: e.PAGE_WEBHOOK_URL === undefined ? undefined : { url: e.PAGE_WEBHOOK_URL, secrets: e.PAGE_WEBHOOK_SECRET },
    mail:
      e.PAGE_SMTP_URL === undefined || e.PAGE_MAIL_FROM === undefined
        ? undefined
        : { smtp: e.PAGE_SMTP_URL, from: e.PAGE_MAIL_FROM, to: e.PAGE_MAIL_TO },
    link: e.PAGE_LINK,
    // Who runs the server chose these addresses; a receiver on the machine itself is there to be tried out.
    allowedAddresses: [...e.PAGE_ALLOWED_ADDRESSES, ...(e.NODE_ENV === 'production' ? [] : LOOPBACK)],
    allowHttp: e.PAGE_ALLOW_HTTP || e.NODE_ENV !== 'production',
    heartbeatUrl: e.PAGING_HEARTBEAT_URL,
  },
  media: {
    /** Undefined: webhooks of LiveKit are not taken. */
    livekit:
      e.LIVEKIT_API_KEY === undefined || e.LIVEKIT_API_SECRET === undefined
        ? undefined
        : { apiKey: e.LIVEKIT_API_KEY, apiSecret: e.LIVEKIT_API_SECRET, url: e.LIVEKIT_URL?.replace(/^ws/, 'http') },
    webhookSecrets: e.MEDIA_WEBHOOK_SECRET,
    claims: {
      places: e.MEDIA_CLAIM_BUCKETS,
      ...{ endpoint: e.S3_ENDPOINT, region: e.S3_REGION, forcePathStyle: e.S3_FORCE_PATH_STYLE },
    },
  },
  people: {
    /** Undefined: names and addresses are taken as keys alone. */
    factsKey: e.PEOPLE_FACTS_KEY,
  },
  drills: { everyDays: e.DRILL_EVERY_DAYS },
  probing: { patients: e.PROBING_PATIENTS, misses: e.PROBING_MISSES },
  views: {
    emergency: { reasonCodes: e.EMERGENCY_REASON_CODES, patientsPerDay: e.EMERGENCY_PATIENTS_PER_DAY },
    releaseMode: e.RELEASE_MODE,
    releaseTimeoutMs: e.RELEASE_TIMEOUT_MS,
    ttlMs: e.VIEW_TTL_SECONDS * 1_000,
    maxMs: (e.VIEW_MAX_SECONDS ?? Math.max(e.VIEW_TTL_SECONDS, VIEW_MAX_DEFAULT)) * 1_000,
    /** Undefined: one is made and kept under `dataDir`. */
    cookieSecret: e.VIEW_COOKIE_SECRET,
  },
}));

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

export type Config = DeepReadonly<z.infer<typeof grouped>> & {
  /** Settings that were given under a name they no longer have. */
  readonly outdated: readonly { readonly before: string; readonly now: string }[];
};

/** Nest token of the `Config`. */
export const CONFIG = Symbol('config');

export type SettingProblem = { readonly setting: string; readonly message: string };

/** The environment cannot be used. Names every wrong setting and how to put it right, never a value: some are secrets. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly SettingProblem[]) {
    super(
      ['The configuration cannot be used:', ...problems.map(({ setting, message }) => `  ${setting} ${message}`)].join(
        '\n',
      ),
    );
    this.name = 'ConfigError';
  }
}

/**
 * Reads the environment once, whole. An empty value counts as not set, as compose files write it.
 * @throws ConfigError with all problems together
 */
export const readConfig = (env: Readonly<Record<string, string | undefined>> = process.env): Config => {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const outdated = Object.entries(RENAMED).flatMap(([before, now]) =>
    given[before] === undefined ? [] : [{ before, now }],
  );
  const torn = outdated.filter(({ before, now }) => given[now] !== undefined && given[now] !== given[before]);
  const parsed = grouped.safeParse({
    ...Object.fromEntries(outdated.map(({ before, now }) => [now, given[before]])),
    ...given,
  });
  if (parsed.success && torn.length === 0) return deepFreeze({ ...parsed.data, outdated });
  throw new ConfigError([
    ...torn.map(({ before, now }) => ({
      setting: before,
      message: `is the old name of ${now}, which says another: unset it`,
    })),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => ({ setting: String(path[0]), message })),
  ]);
};

/** Settings that had another name. `EVENTSTORE_URL` is read by EventStoreDB itself as an option it does not know. */
const RENAMED: Readonly<Record<string, string>> = { EVENTSTORE_URL: 'STORE_URL' };

export type Setting = { readonly name: string; readonly default: string; readonly meaning: string };

/** Every setting with its default ('' when there is none) and meaning, in reading order. */
export const settings = (): readonly Setting[] =>
  Object.entries(environment.shape).map(([name, schema]) => {
    const preset = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault ? schema.def.defaultValue : '';
    return { name, default: String(preset), meaning: schema.description ?? '' };
  });

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
};
