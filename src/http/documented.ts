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
export const ApiOperation = later('ApiOperation');
export const ApiProduces = later('ApiProduces');
export const ApiResponse = later('ApiResponse');
export const ApiTags = later('ApiTags');

/** Decorates the routes, in the order in which they were declared; needed once before their document is made. */
export const decorateRoutes = (swagger: Swagger): void => {
  for (const decorate of said.splice(0)) decorate(swagger);
};
