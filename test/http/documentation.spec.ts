import { type RunningApp, startApp } from '../support/app.ts';
import { startShell } from '../support/shell.ts';

type Operation = {
  security?: object[];
  description?: string;
  parameters?: { name: string; in: string; schema: object }[];
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
  responses: Record<string, unknown>;
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Record<string, unknown>>; securitySchemes: object };
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
      expect(document.paths['/health/live']?.get).toMatchObject({ security: [], description: 'Needs no token.' });
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
      expect(names).toEqual(expect.arrayContaining(['cursor', 'limit', 'status', 'X-Min-Revision', 'X-Request-Id']));
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
            expect(JSON.stringify(operation.responses.default)).toContain('#/components/schemas/Problem');
        }
      }
    });
  });
});

describe('the documentation of recordings', () => {
  let app: RunningApp;
  let paths: Document['paths'];
  beforeAll(async () => {
    app = await startApp();
    ({ paths } = (await (await app.call('/openapi.json')).json()) as Document);
  });
  afterAll(() => app?.close());

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
