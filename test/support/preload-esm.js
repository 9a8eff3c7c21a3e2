// Jest can require() an ES module only on Node >= 24.9, and some CommonJS packages (throttler among them) require
// ESM-only ones. Importing those here and handing the namespaces to jest.mock lets the require() find them.
import { jest } from '@jest/globals';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';

jest.mock('@nestjs/common', () => common);
jest.mock('@nestjs/core', () => core);
