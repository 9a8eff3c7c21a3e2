import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePorts } from '../support/free-ports.ts';

export type Provider = {
  readonly issuer: string;
  /** Settings of an application that people sign in to with it. */
  readonly env: Readonly<Record<string, string>>;
  /** Tells it to do something: `/sign-out?sub=…`, `/roles?sub=…&are=…`. */
  tell(path: string): Promise<void>;
  stop(): void;
};

/** How the provider knows the console. */
export const CLIENT = { CONSOLE_CLIENT_ID: 'console', CONSOLE_CLIENT_SECRET: 'a secret of this test' };

/** A real OpenID provider as a process of its own (`console-provider.js`), and where the console of its client will be. */
export const startProvider = async (): Promise<Provider> => {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [join(import.meta.dirname, '../support/console-provider.js'), url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const issuer = said.value as string;
  return {
    issuer,
    env: {
      ...{
        PORT: String(port),
        CONSOLE_URL: url,
        ...CLIENT,
        CONSOLE_SCOPE: 'openid ledger',
        CONSOLE_STEP_UP_ACR: 'mfa',
      },
      ...{ JWT_ISSUER: issuer, JWT_AUDIENCE: 'ledger', JWT_JWKS_URL: `${issuer}/jwks`, JWT_JWKS_COOLDOWN_MS: '100' },
    },
    tell: async (path) => {
      const { status } = await fetch(`${issuer}${path}`);
      if (status !== 200) throw new Error(`the issuer answered ${path} with ${status}`);
    },
    stop: () => child.kill(),
  };
};
