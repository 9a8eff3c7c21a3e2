/** How TypeScript becomes JavaScript for suites. @param module es6 or commonjs */
export const compiler = (module) => ({
  jsc: {
    target: 'es2022',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: module },
  sourceMaps: 'inline',
});
