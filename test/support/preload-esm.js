// Jest can require() an ES module only on Node >= 24.9, and some CommonJS packages (throttler among them) require
// ESM-only ones. Importing those here and handing the namespaces to jest.mock lets the require() find them. It takes
// its time, so that it is done for the suites that need it alone (`environment.js`).
import { jest } from '@jest/globals';

if (globalThis.needsPreload) {
  const [common, core] = await Promise.all([import('@nestjs/common'), import('@nestjs/core')]);
  jest.mock('@nestjs/common', () => common);
  jest.mock('@nestjs/core', () => core);
}
