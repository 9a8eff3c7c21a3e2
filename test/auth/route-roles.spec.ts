import { routeRoles } from '../../src/auth/route-roles.ts';
import { startApp } from '../support/app.ts';

/** The pages of the console, the first page, files of the documentation, the OpenAPI document, and the routes Fastify adds for HEAD and CORS. */
const isNotOfTheApi = (route: string) =>
  /^(HEAD|OPTIONS) |^GET \/console(\/(assets\/)?\*)?$|^GET \/((docs(\/|$)|(?:openapi|asyncapi)\.json$)|$)/.test(route);

describe('the table of roles', () => {
  const registered: string[] = [];
  beforeAll(async () => {
    const app = await startApp({ onRoute: (route) => registered.push(route) });
    await app.close();
  });

  it('lists every route that the application has', () => {
    const routes = registered.filter((route) => !isNotOfTheApi(route));
    expect(routes.length).toBeGreaterThan(5);
    expect(routes.filter((route) => !Object.hasOwn(routeRoles, route))).toEqual([]);
  });

  it('lists no route that the application does not have', () => {
    expect(Object.keys(routeRoles).filter((route) => !registered.includes(route))).toEqual([]);
  });

  it('lets nobody without a token near anything about a patient', () => {
    const open = Object.keys(routeRoles).filter((route) => routeRoles[route] === 'public');
    // PagerDuty and media servers sign each message, and get no answer but that it was taken.
    const hooks = ['livekit', 'media', 'pagerduty'].map((sender) => `POST /v1/hooks/${sender}`);
    // Who has no session yet, or none any more, is known by their browser's cookie, if at all.
    const console = ['GET /console/callback', 'GET /console/login', 'GET /console/session'];
    const signing = ['backchannel-logout', 'logout', 'sign-in'].map((what) => `POST /console/${what}`);
    const health = ['GET /health/live', 'GET /health/ready', 'GET /metrics'];
    expect(open.sort()).toEqual([...console, ...health, ...signing, ...hooks]);
  });
});
