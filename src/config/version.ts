import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('#package.json') as { version: string };

/** The release that serves: it is written with every event, so that the ledger can say what a faulty one showed. */
export const appVersion = version;
