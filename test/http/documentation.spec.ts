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
