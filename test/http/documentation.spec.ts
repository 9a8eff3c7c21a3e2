import { type ProblemCode, problems } from '../../src/http/problems.ts';
import { type RunningApp, startApp } from '../support/app.ts';
import { startShell } from '../support/shell.ts';

type Operation = {
  operationId?: string;
  summary?: string;
  security?: object[];
  description?: string;
  parameters?: { name: string; in: string; schema: object }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Record<string, unknown> }> };
  responses: Record<string, Answer>;
};
type Answer = {
  $ref?: string;
  headers?: Record<string, object>;
  content?: Record<string, { schema: Record<string, unknown> }>;
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  servers: { url: string }[];
  components: {
    schemas: Record<string, Record<string, unknown>>;
    responses: Record<string, Answer>;
    headers: Record<string, object>;
    securitySchemes: object;
  };
};

describe('the documentation', () => {
  let shell: RunningApp;
  beforeAll(async () => {
    shell = await startShell();
  });
  afterAll(() => shell?.close());

  it('loads with everything it needs from here and within its own policy', async () => {
    const page = await shell.call('/docs');
    expect(page.status).toBe(200);
    const html = await page.text();
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/https?:/);
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, path]) => new URL(path ?? '', `${shell.url}/docs`),
    );
    expect(parts.length).toBeGreaterThanOrEqual(4);
    for (const part of parts) expect([part.pathname, (await fetch(part)).status]).toEqual([part.pathname, 200]);
  });

  describe('as OpenAPI', () => {
    let document: Document;
    beforeAll(async () => {
      document = (await (await shell.call('/openapi.json')).json()) as Document;
    });

    it('says who may call a route', () => {
      expect(document.components.securitySchemes).toMatchObject({ token: { type: 'http', scheme: 'bearer' } });
      expect(document.paths['/probe/clinic']?.get).toMatchObject({
        security: [{ token: [] }],
        description: 'For callers with one of the roles: clinician, service.',
      });
      expect(document.paths['/health/live']?.get).toMatchObject({
        security: [],
        description: expect.stringMatching(/\n\nNeeds no token\.$/),
      });
    });

    it('has the schemas that requests are checked with', () => {
      const schema = document.paths['/probe/notes/{noteId}']?.post?.requestBody?.content['application/json']?.schema;
      expect(schema).toMatchObject({
        type: 'object',
        additionalProperties: false,
        required: ['start', 'size'],
        properties: { start: { type: 'string', format: 'date-time' }, size: { type: 'integer', minimum: 1 } },
      });
      const names = document.paths['/probe/list']?.get?.parameters?.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['cursor', 'limit', 'status', 'X-Request-Id']));
    });

    it('says for every route that an app may name its release', () => {
      const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
      const silent = operations.filter(
        ({ parameters = [] }) => !parameters.some(({ name }) => name === 'X-Client-Release'),
      );
      expect([operations.length > 0, silent.filter(({ security }) => security)]).toEqual([true, []]);
    });

    it('describes problems once, for all routes', () => {
      expect(document.components.schemas.Problem).toMatchObject({
        required: expect.arrayContaining(['code', 'status']),
        properties: { code: { enum: expect.arrayContaining(['slot-taken', 'view-withheld', 'validation-failed']) } },
      });
      for (const item of Object.values(document.paths)) {
        for (const operation of Object.values(item)) {
          if (operation.security)
            expect(operation.responses.default).toEqual({ $ref: '#/components/responses/default' });
        }
      }
    });
  });
});

/** What an operation id begins with, so that it reads as a method. A verb that is missing here is added with the route that needs it. */
const VERBS =
  /^(acknowledge|add|approve|assess|assign|begin|book|cancel|choose|claim|close|complete|consent|contain|declare|dismiss|download|end|erase|finish|get|halt|invite|is|join|leave|lift|list|mark|merge|open|place|propose|quarantine|read|receive|record|register|reinstate|reject|release|remove|reopen|replay|request|reschedule|resend|resume|revoke|rotate|sign|split|state|suspend|test|unmerge|upload)[A-Z][A-Za-z]+$/;

const PROBLEM = 'application/problem+json';

/** The codes that an operation names, by status. */
const codesOf = ({ responses }: Operation, { components }: Document): Record<string, readonly string[]> =>
  Object.fromEntries(
    Object.entries(responses).flatMap(([status, { $ref }]) => {
      const shared = components.responses[$ref?.split('/').at(-1) ?? ''];
      const { allOf } = (shared?.content?.[PROBLEM]?.schema ?? {}) as {
        allOf?: [{ $ref: string }, { properties: { code: { enum: string[] } } }];
      };
      return allOf?.[0].$ref === '#/components/schemas/Problem' ? [[status, allOf[1].properties.code.enum]] : [];
    }),
  );

describe('the documentation of the API', () => {
  let app: RunningApp;
  let document: Document;
  let paths: Document['paths'];
  let operations: readonly { readonly route: string; readonly operation: Operation }[];
  beforeAll(async () => {
    app = await startApp();
    document = (await (await app.call('/openapi.json')).json()) as Document;
    ({ paths } = document);
    operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ route: `${method} ${path}`, operation })),
    );
  });
  afterAll(() => app?.close());

  it('has a summary and a description of each operation', () => {
    const silent = operations.filter(({ operation: { summary = '', description = '' } }) => {
      const [said = ''] = description.split('\n\n', 1);
      return !/^[A-Z].*[^.]$/.test(summary) || !/^[A-Z].{30,}\.$/.test(said) || said === summary;
    });
    expect([operations.length > 90, silent.map(({ route }) => route)]).toEqual([true, []]);
  });

  it('has operation ids that read as methods, each of one operation', () => {
    const ids = operations.map(({ operation: { operationId } }) => operationId ?? '');
    expect(ids.filter((id) => !VERBS.test(id))).toEqual([]);
    expect(ids.filter((id, place) => ids.indexOf(id) !== place)).toEqual([]);
    expect(paths['/v1/patients/{patientId}/consultations']?.post?.operationId).toBe('bookConsultation');
  });

  it('has a name for the schema of each body and each answer', () => {
    const unnamed = operations.flatMap(({ route, operation: { requestBody, responses } }) =>
      [requestBody, ...Object.values(responses)].flatMap((body) =>
        Object.entries(body?.content ?? {})
          .filter(
            ([type, { schema }]) => /[/+]json$/.test(type) && !/^#\/components\/schemas\//.test(String(schema?.$ref)),
          )
          .map(([type]) => `${route} ${type}`),
      ),
    );
    expect(unnamed).toEqual([]);
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Booking', 'Consultation', 'Recording', 'View', 'Breach', 'Incident', 'Access']),
    );
  });

  it('names every status with its codes, and every code at the routes that answer with it', () => {
    const booking = paths['/v1/patients/{patientId}/consultations']?.post as Operation;
    expect(codesOf(booking, document)).toMatchObject({
      400: ['bad-request', 'validation-failed'],
      403: ['forbidden'],
      404: ['patient-not-found'],
      409: [
        ...['slot-taken', 'already-a-participant', 'patient-busy', 'clinician-unknown', 'too-many-bookings'],
        'patient-erased',
      ],
      412: ['revision-mismatch'],
      422: ['idempotency-key-reused'],
    });
    const named = operations.flatMap(({ operation }) => Object.values(codesOf(operation, document)).flat());
    expect(Object.keys(problems).filter((code) => !named.includes(code))).toEqual([
      // In the log alone: media servers are asked in the background.
      'media-server-unavailable',
    ]);
    for (const { operation } of operations)
      for (const [status, codes] of Object.entries(codesOf(operation, document)))
        if (status !== 'default')
          expect(codes.map((code) => String(problems[code as ProblemCode].status))).toEqual(codes.map(() => status));
  });

  it('says which headers come with an answer', () => {
    const headersOf = (path: string, method: string, status: string) => {
      const { $ref, headers } = paths[path]?.[method]?.responses[status] ?? {};
      return Object.keys(headers ?? document.components.responses[$ref?.split('/').at(-1) ?? '']?.headers ?? {});
    };
    const consultations = '/v1/patients/{patientId}/consultations';
    expect(headersOf(consultations, 'post', '201')).toEqual(
      expect.arrayContaining(['X-Request-Id', 'X-RateLimit-Remaining', 'ETag', 'Location']),
    );
    expect(headersOf(`${consultations}/{consultationId}`, 'get', '304')).toEqual(expect.arrayContaining(['ETag']));
    expect(headersOf(consultations, 'post', '503')).toContain('Retry-After');
    expect(headersOf(consultations, 'post', '401')).toContain('WWW-Authenticate');
    expect(headersOf('/v1/views/{viewId}/content', 'get', '206')).toContain('Content-Range');
    expect(headersOf('/v1/access-history', 'get', '200')).toContain('X-Ledger-Position');
    const used = [...JSON.stringify(document).matchAll(/#\/components\/headers\/([\w-]+)/g)].map(([, name]) => name);
    expect(Object.keys(document.components.headers).sort()).toEqual([...new Set(used)].sort());
  });

  it('asks for a header only where it is heeded', () => {
    const asking = (name: string) =>
      operations
        .filter(({ operation }) => operation.parameters?.some((one) => one.name === name))
        .map(({ route }) => route);
    expect(asking('X-Min-Revision').sort()).toEqual([
      'get /v1/me/consultations',
      'get /v1/patients/{patientId}/consultations',
      'get /v1/patients/{patientId}/consultations/{consultationId}',
    ]);
    expect(asking('Idempotency-Key').filter((route) => /^get |\/v1\/hooks\//.test(route))).toEqual([]);
    expect(asking('If-Match').filter((route) => !asking('Idempotency-Key').includes(route))).toEqual([]);
    expect(asking('If-None-Match').filter((route) => !route.startsWith('get '))).toEqual([]);
  });

  it('names the servers to ask', () => {
    expect(document.servers.map(({ url }) => url)).toEqual(['.', 'http://localhost:3000']);
  });

  it('has an answer with a schema wherever an operation succeeds with JSON', () => {
    const silent = operations.filter(({ operation: { responses } }) => {
      const [[status, success] = ['', {}]] = Object.entries(responses).filter(([code]) => /^2|^303$/.test(code));
      // A browser that is led on reads nothing.
      return status !== '204' && status !== '303' && Object.keys(success.content ?? {}).length === 0;
    });
    // OpenID Connect Back-Channel Logout 1.0, 2.8: 200, and no word about what it ended.
    expect(silent.map(({ route }) => route)).toEqual(['post /console/backchannel-logout']);
  });

  it('tells a body that may be missing from one that must be there', () => {
    const required = (path: string) => paths[path]?.post?.requestBody?.required;
    expect(required('/v1/patients/{patientId}/consultations')).toBe(true);
    expect(required('/v1/breaches/{breachId}/close')).toBe(false);
    expect(JSON.stringify(document)).not.toContain('x-may-be-missing');
  });

  it('says what an upload consists of', () => {
    const upload = paths['/v1/patients/{patientId}/consultations/{consultationId}/recordings']?.post;
    expect(upload?.requestBody?.content).toEqual({
      'video/*': { schema: { type: 'string', format: 'binary' } },
      'audio/*': { schema: { type: 'string', format: 'binary' } },
    });
    const names = upload?.parameters?.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['X-Duration-Seconds', 'Content-Digest', 'Idempotency-Key']));
  });

  it('says what a player may ask of the bytes, and nothing that they do not heed', () => {
    const headers = paths['/v1/views/{viewId}/content']?.get?.parameters?.filter(
      (parameter) => parameter.in === 'header',
    );
    expect(headers?.map(({ name }) => name).sort()).toEqual(['If-Range', 'Range', 'X-Client-Release', 'X-Request-Id']);
  });
});
