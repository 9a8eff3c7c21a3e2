import type { ProblemCode } from './problems.ts';

type Swagger = typeof import('@nestjs/swagger');
type Decorated = Parameters<MethodDecorator> | Parameters<ClassDecorator>;

/** What the routes say of themselves, kept until the document is asked for: loading the library that makes it was a third of the application's start. */
const said: ((swagger: Swagger) => void)[] = [];

const later =
  <
    Name extends
      | 'ApiBody'
      | 'ApiConsumes'
      | 'ApiExcludeController'
      | 'ApiHeader'
      | 'ApiOperation'
      | 'ApiProduces'
      | 'ApiResponse'
      | 'ApiTags',
  >(
    name: Name,
  ) =>
  (...args: Parameters<Swagger[Name]>): MethodDecorator & ClassDecorator =>
  (...decorated: readonly unknown[]): void => {
    said.push((swagger) => {
      const decorator = (swagger[name] as (...given: typeof args) => (...to: Decorated) => unknown)(...args);
      decorator(...(decorated as Decorated));
    });
  };

export const ApiBody = later('ApiBody');
export const ApiConsumes = later('ApiConsumes');
export const ApiExcludeController = later('ApiExcludeController');
export const ApiHeader = later('ApiHeader');
export const ApiProduces = later('ApiProduces');
export const ApiResponse = later('ApiResponse');
export const ApiTags = later('ApiTags');

const ApiOperation = later('ApiOperation');

/**
 * What a handler goes by beside its parameters: why the ledger changes (`Idempotency-Key`), the revision a command is meant for
 * (`If-Match`), the one an answer must show (`X-Min-Revision`), and the one that the caller has (`If-None-Match`).
 */
export type Heeded = 'cause' | 'if-match' | 'min-revision' | 'revision';

/** An operation beside its schemas. */
export type Declared = { readonly refuses: readonly ProblemCode[]; readonly heeds: ReadonlySet<Heeded> };

const heededBy = new WeakMap<object, Set<Heeded>>();
const declared = new Map<string, { readonly handler: object; readonly refuses: readonly ProblemCode[] }>();

const heed = (handler: object, heeded: readonly Heeded[]): void => {
  heededBy.set(handler, new Set([...(heededBy.get(handler) ?? []), ...heeded]));
};

/** A parameter's decorator that also says what the handler heeds by it: the document then has the header, and the problems that come of it. */
export const heeding =
  (decorator: ParameterDecorator, ...heeded: readonly Heeded[]): ParameterDecorator =>
  (target, key, index) => {
    decorator(target, key, index);
    if (key !== undefined) heed((target as Record<PropertyKey, object>)[key] as object, heeded);
  };

/** Says of a handler, or of all of a controller, what it heeds. */
export const heeds =
  (...heeded: readonly Heeded[]): MethodDecorator & ClassDecorator =>
  (target: object, _key?: PropertyKey, descriptor?: PropertyDescriptor): void => {
    const { prototype } = target as { prototype: object };
    const handlers = descriptor ? [descriptor] : Object.values(Object.getOwnPropertyDescriptors(prototype));
    for (const { value } of handlers) if (typeof value === 'function') heed(value, heeded);
  };

export type OperationText = {
  /** A verb and what it is done to, unique in the API: generated clients have a method of this name (`bookConsultation`). */
  readonly id: string;
  /** One line without a full stop: what the route does, as a list of routes shows it. */
  readonly summary: string;
  /** What a developer has to know before calling it, in whole sentences. Who may call it is added from the table of roles. */
  readonly description: string;
  /** The codes of its own that it refuses with. What follows from its callers, its body and its headers is added (`refusals.ts`). */
  readonly refuses?: readonly ProblemCode[];
};

/**
 * What a route says of itself in the OpenAPI document; every route has it. Bodies and answers are schemas with a name of
 * their own (`.meta({ id: 'Consultation' })`): it becomes a type in generated clients.
 */
export const Operation =
  ({ id, refuses = [], ...text }: OperationText): MethodDecorator =>
  (target, key, descriptor) => {
    declared.set(id, { handler: descriptor.value as object, refuses });
    ApiOperation({ operationId: id, ...text })(target, key, descriptor);
  };

/** @param operationId of a route that has an `Operation` */
export const declaredOf = (operationId: string): Declared => {
  const { handler = {}, refuses = [] } = declared.get(operationId) ?? {};
  return { refuses, heeds: heededBy.get(handler) ?? new Set() };
};

/** Likewise, by the handler of the route; undefined for one that is not in the document. */
export const declaredBy = (handler: object): Declared | undefined => {
  const [operationId] = [...declared].find(([, one]) => one.handler === handler) ?? [];
  return operationId === undefined ? undefined : declaredOf(operationId);
};

/** Decorates the routes, in the order in which they were declared; needed once before their document is made. */
export const decorateRoutes = (swagger: Swagger): void => {
  for (const decorate of said.splice(0)) decorate(swagger);
};
