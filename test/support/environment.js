import async_hooks, { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { types } from 'node:util';
import { TestEnvironment } from 'jest-environment-node';
import { takeOwnSources } from './own-sources.js';

const require = createRequire(import.meta.url);
takeOwnSources();

/** Measured by the process that began the run (`jest.config.js`). */
const PATIENCE = Number(process.env.SUITES_PATIENCE);

const isInstance = Function.prototype[Symbol.hasInstance];
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

const errors = [AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

/**
 * A suite has built-in classes of its own, and installed packages, which Node has loaded (`installed.js`), have Node's. What a suite hands to
 * a package, written as a literal or otherwise, is an instance of Node's, too.
 */
const INSTANCES = new Map([
  [Array, Array.isArray],
  [Date, types.isDate],
  [Error, types.isNativeError],
  ...errors.map((one) => [one, (value) => types.isNativeError(value) && value.name === one.name]),
  [Function, (value) => typeof value === 'function'],
  [Map, types.isMap],
  [Object, isObject],
  [Promise, types.isPromise],
  [RegExp, types.isRegExp],
  [Set, types.isSet],
]);
for (const [builtIn, isOne] of INSTANCES)
  Object.defineProperty(builtIn, Symbol.hasInstance, {
    value(instance) {
      return isInstance.call(this, instance) || (this === builtIn && isOne(instance));
    },
  });

/** Metadata of classes are kept on Node's Reflect, and name the types of values by its classes. */
const reflectFor = (suite) => {
  const named = new Map(
    [Array, Boolean, Function, Number, Object, Promise, String].map((one) => [suite[one.name], one]),
  );
  const translated = (type) => (Array.isArray(type) ? type.map(translated) : (named.get(type) ?? type));
  const metadata = (key, value) => Reflect.metadata(key, key.startsWith?.('design:') ? translated(value) : value);
  return Object.create(Reflect, { metadata: { value: metadata } });
};

/**
 * Jest's runner makes one for each suite and leaves it on: every promise of the suites after it would be told to all of them, which was a tenth
 * of a run's processor time.
 */
const begun = [];
async_hooks.AsyncLocalStorage = class extends AsyncLocalStorage {
  constructor(...args) {
    super(...args);
    begun.push(this);
  }
};

export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    // Errors of packages are errors to a suite, too.
    for (const error of [Error, ...errors]) this.global[error.name] = error;
    // And a clock that a suite sets is theirs, too; sets and maps of the two are compared by what they hold.
    for (const one of [Date, Map, Set]) this.global[one.name] = one;
    this.global.Reflect = reflectFor(this.global);
    this.global.installed = (path) => require(path);
    // Packages read the settings that a suite makes, and the next suite in this process does not.
    this.global.process.env = process.env;
    this.settings = { ...process.env };
  }

  /** A test's time, like what it waits for, is that of quiet cores: here it gets as many times more as this machine is slower. */
  handleTestEvent({ name, test, hook }) {
    if (name === 'test_fn_start' && test.timeout) test.timeout *= PATIENCE;
    if (name === 'hook_start' && hook.timeout) hook.timeout *= PATIENCE;
  }

  async teardown() {
    for (const name of Object.keys(process.env)) if (!(name in this.settings)) delete process.env[name];
    Object.assign(process.env, this.settings);
    for (const storage of begun.splice(0)) storage.disable();
    await super.teardown();
  }
}
