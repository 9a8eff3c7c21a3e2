import type { RunningApp } from '../support/app.ts';

/** A browser that is at the console: keeps its cookie, and says what a browser says of the page that asks. */
export type AtConsole = {
  cookie: string | undefined;
  call(path: string, request?: RequestInit): Promise<Response>;
};

export const atConsole = ({ url, call }: Pick<RunningApp, 'url' | 'call'>, cookie?: string): AtConsole => {
  /** Of sign-ins that are under way. */
  const logins = new Map<string, string>();
  const browser: AtConsole = {
    cookie,
    call: async (path, { headers, ...request } = {}) => {
      const all = new Headers({
        origin: new URL(url).origin,
        'sec-fetch-site': 'same-origin',
        'x-ledger-console': '1',
      });
      const cookies = [...(browser.cookie ? [browser.cookie] : []), ...logins.values()];
      if (cookies.length > 0) all.set('cookie', cookies.join('; '));
      // An empty value takes the header away.
      for (const [name, value] of new Headers(headers)) value === '' ? all.delete(name) : all.set(name, value);
      const response = await call(path, { redirect: 'manual', ...request, headers: all });
      for (const line of response.headers.getSetCookie()) {
        browser.cookie = keptOf(line) ?? browser.cookie;
        const [, login] = /^((?:__Host-)?ledger-login-[^=]+)=/.exec(line) ?? [];
        if (login !== undefined) logins.set(login, line.split(';', 1)[0] ?? '');
        if (login !== undefined && /Max-Age=0/.test(line)) logins.delete(login);
      }
      return response;
    },
  };
  return browser;
};

/** `name=value` of a session's cookie; empty where it is taken away. */
const keptOf = (line: string): string | undefined =>
  /^(__Host-)?ledger=/.test(line) ? (/Max-Age=0/.test(line) ? '' : line.split(';', 1)[0]) : undefined;

export const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Signs in by a click, as in development. */
export const signedIn = async (app: RunningApp, role: 'on-call' | 'compliance' | 'patient', personId?: string) => {
  const browser = atConsole(app);
  const answer = await browser.call('/console/sign-in', json({ role, ...(personId !== undefined && { personId }) }));
  if (answer.status !== 200) throw new Error(`the sign-in was answered with ${answer.status}`);
  return browser;
};
