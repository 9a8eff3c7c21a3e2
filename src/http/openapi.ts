import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import * as swagger from '@nestjs/swagger';
import { type Access, accessTo, ROUTE_ROLES, type RouteRoles } from '../auth/route-roles.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { type Declared, declaredOf, decorateRoutes, type Heeded } from './documented.ts';
import { examples } from './examples.ts';
import { MAY_BE_MISSING, namedSchemas } from './named-schemas.ts';
import { type ProblemCode, problems } from './problems.ts';
import { BEFORE_ROUTES, refusalsOf } from './refusals.ts';
import { REQUEST_ID } from './request-id.ts';
import { type ResponseHeader, responseHeaders, sends } from './response-headers.ts';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];
type Response = Extract<NonNullable<Operation['responses'][string]>, { description: string }>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const problemSchema = {
  type: 'object',
  description: 'RFC 9457. Programs go by `code`; the texts are for people and may change.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'the path asked for' },
    code: { type: 'string', enum: Object.keys(problems) },
    signIn: {
      type: 'string',
      enum: ['development', 'issuer'],
      description: 'how a person signs in to the console, where there is no session',
    },
    errors: {
      type: 'array',
      description: 'every bad field, with `validation-failed`; every failed part, with `not-ready`',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
} as const;

const header = (name: string, description: string, pattern: string): Parameter => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string', pattern },
});

const requestId = header(
  'X-Request-Id',
  'a UUID or ULID, returned with the answer; made here if it is neither',
  REQUEST_ID,
);
const clientRelease = header(
  'X-Client-Release',
  'the release of the app that asks, kept with everything that is recorded for it',
  '^[A-Za-z0-9_.+-]{1,64}$',
);
const everyHeaders = [requestId, clientRelease];
const headersOf: Readonly<Record<Heeded, Parameter>> = {
  cause: header(
    'Idempotency-Key',
    'the same caller and key have the same outcome and change things once',
    '^[!-~]{1,255}$',
  ),
  'if-match': header(
    'If-Match',
    'the ETag the command is meant for; 412 when there is a later one',
    '^"(0|[1-9][0-9]*)"$',
  ),
  'min-revision': header(
    'X-Min-Revision',
    'answer from no less than this revision of the patient’s stream',
    '^(0|[1-9][0-9]*)$',
  ),
  revision: header('If-None-Match', 'an ETag the caller has; 304 when it is the current one', '^.+$'),
};
const COUNTED: readonly ResponseHeader[] = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];

/** Who asks by a command gives a reason, who reads has a revision: the other two say nothing to them. */
const isSaid = (heeded: Heeded, method: string): boolean =>
  method === 'GET' ? heeded !== 'cause' : heeded !== 'revision';

/**
 * The OpenAPI document, from the routes and their schemas; what holds for every route (headers, problems, and who may
 * call it, from the table of roles) is added here and nowhere else.
 */
export const openApiDocument = (app: INestApplication): OpenAPIObject => {
  decorateRoutes(swagger);
  const document = swagger.SwaggerModule.createDocument(
    app,
    new swagger.DocumentBuilder()
      .setTitle('Consultation Ledger')
      .setDescription('The event-sourced record of telemedicine consultations.')
      .setVersion(app.get<Config>(CONFIG).appVersion)
      .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
      .addServer('.', 'the server that this document came from')
      .addServer('http://localhost:3000', 'what `npm start` serves')
      .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'token')
      .addCookieAuth('view', { type: 'apiKey', in: 'cookie', description: 'set when a view is permitted' }, 'view')
      .build(),
    { standardSchemaConverter: namedSchemas() as never },
  );
  const responses: Record<string, Response> = {};
  const roles = app.get<RouteRoles>(ROUTE_ROLES);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const name of METHODS) {
      const operation = item[name];
      const method = name.toUpperCase();
      const access = accessTo(roles, method, path.replace(/\{(\w+)\}/g, ':$1'));
      if (operation && access) describe(operation, { access, method }, responses);
    }
  }
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: structuredClone(problemSchema) as never },
    headers: structuredClone(responseHeaders) as never,
    responses,
  };
  return document;
};

const describe = (
  operation: Operation,
  route: { readonly access: Access; readonly method: string },
  shared: Record<string, Response>,
): void => {
  const { access, method } = route;
  const isPublic = access === 'public';
  const declared = declaredOf(operation.operationId ?? '');
  requireBody(operation);
  giveExample(operation);
  const heeded = [...declared.heeds].filter((one) => isSaid(one, method)).map((one) => headersOf[one]);
  operation.parameters = [...(operation.parameters ?? []), ...heeded, ...everyHeaders];
  operation.security = isPublic ? [] : [{ token: [] }, ...(access === 'viewer' ? [{ view: [] }] : [])];
  operation.description = [operation.description, who(access)].filter(Boolean).join('\n\n');
  if (declared.heeds.has('revision') && method === 'GET')
    operation.responses['304'] = { description: 'the caller has the current one' };
  for (const response of Object.values(operation.responses) as Response[])
    response.headers = { ...headersOfEach(declared, isPublic), ...response.headers };
  for (const [status, codes] of byStatus(refusalsOf(declared, route)))
    operation.responses[status] = refused(status, codes, shared);
  operation.responses.default = refused('default', BEFORE_ROUTES, shared);
};

/** As a running server answered it; of the schemas that an example is of, tests say so. */
const giveExample = ({ operationId = '', requestBody, responses }: Operation): void => {
  const example = examples[operationId];
  if (!example) return;
  if (example.request && requestBody && 'content' in requestBody)
    for (const content of Object.values(requestBody.content)) content.example = example.request;
  const answer = responses[example.status] as Response | undefined;
  for (const [type, content] of Object.entries(answer?.content ?? {}))
    if (type === 'application/json') content.example = example.answer;
};

const headersOfEach = ({ heeds }: Declared, isPublic: boolean): Response['headers'] => ({
  ...sends('X-Request-Id', ...(isPublic ? [] : COUNTED), ...(heeds.has('revision') ? (['ETag'] as const) : [])),
});

/** In the order of the table of problems. */
const byStatus = (codes: ReadonlySet<ProblemCode>): ReadonlyMap<string, readonly ProblemCode[]> => {
  const found = new Map<string, ProblemCode[]>();
  for (const code of Object.keys(problems) as ProblemCode[]) {
    if (!codes.has(code)) continue;
    const status = String(problems[code].status);
    found.set(status, [...(found.get(status) ?? []), code]);
  }
  return found;
};

/** The same codes are the same answer, described once under a name that they make. */
const refused = (status: string, codes: readonly ProblemCode[], shared: Record<string, Response>) => {
  const name = status === 'default' ? status : codes.join('.');
  shared[name] ??= {
    description: codes.map((code) => `- \`${code}\`: ${problems[code].title}`).join('\n'),
    headers: sends('X-Request-Id', ...(refusalHeaders[status] ?? [])),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { code: { type: 'string', enum: [...codes] } } },
          ],
        },
      },
    },
  };
  return { $ref: `#/components/responses/${name}` };
};

const refusalHeaders: Readonly<Record<string, readonly ResponseHeader[]>> = {
  401: ['WWW-Authenticate'],
  416: ['Content-Range'],
  429: ['Retry-After', ...COUNTED],
  503: ['Retry-After'],
};

const requireBody = ({ requestBody }: Operation): void => {
  if (!requestBody || !('content' in requestBody)) return;
  const schemas = Object.values(requestBody.content).map(({ schema = {} }) => schema as Record<string, unknown>);
  requestBody.required = !schemas.some((schema) => schema[MAY_BE_MISSING]);
  for (const schema of schemas) delete schema[MAY_BE_MISSING];
};

const who = (access: Access): string => {
  if (access === 'public') return 'Needs no token.';
  if (access === 'viewer') return 'For anyone with a token, or with the cookie that came with this view.';
  return access === 'anyone' ? 'For anyone with a token.' : `For callers with one of the roles: ${access.join(', ')}.`;
};
