import type { RunningApp } from '../support/app.ts';
import { startShell } from '../support/shell.ts';

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
    type Operation = {
      security?: object[];
      description?: string;
      parameters?: { name: string; in: string; schema: object }[];
      requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
      responses: Record<string, unknown>;
    };
    let document: {
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: Record<string, Record<string, unknown>>; securitySchemes: object };
    };
    beforeAll(async () => {
      document = (await (await shell.call('/openapi.json')).json()) as typeof document;
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
