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

export type OperationText = {
  /** A verb and what it is done to, unique in the API: generated clients have a method of this name (`bookConsultation`). */
  readonly id: string;
  /** One line without a full stop: what the route does, as a list of routes shows it. */
  readonly summary: string;
  /** What a developer has to know before calling it, in whole sentences. Who may call it is added from the table of roles. */
  readonly description: string;
};

/**
 * What a route says of itself in the OpenAPI document; every route has it. Bodies and answers are schemas with a name of
 * their own (`.meta({ id: 'Consultation' })`): it becomes a type in generated clients.
 */
export const Operation = ({ id, ...text }: OperationText): MethodDecorator & ClassDecorator =>
  ApiOperation({ operationId: id, ...text });

/** Decorates the routes, in the order in which they were declared; needed once before their document is made. */
export const decorateRoutes = (swagger: Swagger): void => {
  for (const decorate of said.splice(0)) decorate(swagger);
};
