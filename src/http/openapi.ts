import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import * as swagger from '@nestjs/swagger';
import { type Access, accessTo, ROUTE_ROLES, type RouteRoles } from '../auth/route-roles.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { decorateRoutes } from './documented.ts';
import { MAY_BE_MISSING, namedSchemas } from './named-schemas.ts';
import { problems } from './problems.ts';
import { REQUEST_ID } from './request-id.ts';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];

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
const readHeaders = [
  ...everyHeaders,
  header('X-Min-Revision', 'answer from no less than this revision of the patient’s stream', '^(0|[1-9][0-9]*)$'),
  header('If-None-Match', 'an ETag the caller has; 304 when it is the current one', '^.+$'),
];
const commandHeaders = [
  ...everyHeaders,
  header('Idempotency-Key', 'the same caller and key have the same outcome and change things once', '^[!-~]{1,255}$'),
  header('If-Match', 'the ETag the command is meant for; 412 when there is a later one', '^"(0|[1-9][0-9]*)"$'),
];

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
      .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'token')
      .addCookieAuth('view', { type: 'apiKey', in: 'cookie', description: 'set when a view is permitted' }, 'view')
      .build(),
    { standardSchemaConverter: namedSchemas() as never },
  );
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: structuredClone(problemSchema) as never },
  };
  const roles = app.get<RouteRoles>(ROUTE_ROLES);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      const access = accessTo(roles, method.toUpperCase(), path.replace(/\{(\w+)\}/g, ':$1'));
      if (operation && access) describe(operation, access, method === 'get' ? readHeaders : commandHeaders);
    }
  }
  return document;
};

const describe = (operation: Operation, access: Access, headers: readonly Parameter[]): void => {
  const isPublic = access === 'public';
  const isOfTheLedger = !isPublic && access !== 'viewer'; // A view's bytes have no revision of their own.
  requireBody(operation);
  operation.parameters = [...(operation.parameters ?? []), ...(isOfTheLedger ? headers : everyHeaders)];
  operation.security = isPublic ? [] : [{ token: [] }, ...(access === 'viewer' ? [{ view: [] }] : [])];
  operation.description = [operation.description, who(access)].filter(Boolean).join('\n\n');
  operation.responses.default = {
    description: 'Problem',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
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
